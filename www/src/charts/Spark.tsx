// A job's progress over time, the size of a word. The row beside it says the same in numbers.
import './spark.css';
import { memo } from 'react';
import type { Point } from '../model/jobTrace';
import { sparkShape } from './sparkShape';

const WIDTH = 88;
const HEIGHT = 26;
const BOX = { left: 1, right: WIDTH - 3, top: 3, bottom: HEIGHT - 1 };

interface SparkProps {
  points: readonly Point[];
  /** Behind the last of `points`. */
  now: Point;
}

export const Spark = memo(
  function Spark({ points, now }: SparkProps) {
    const { line, area, end } = sparkShape([...points, now], BOX);
    return (
      <svg className="spark" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`} aria-hidden="true">
        <path className="spark-area" d={area} />
        <path className="spark-line" d={line} />
        {end !== null && <circle className="spark-end" cx={end[0]} cy={end[1]} r={2} />}
      </svg>
    );
  },
  // `now` moves ten times a second; the picture a few times a second, with the points.
  (a, b) => a.points === b.points,
);
