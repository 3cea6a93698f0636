// The frame of a chart: title, what is read out of it, and the button that shows the same numbers as a table.
import './chart.css';
import { type ReactNode, useId, useState } from 'react';

interface ChartBoxProps {
  /** `rate`, `delay`, `timeline`. */
  name: string;
  title: string;
  reading: ReactNode;
  /** Something that must be known to read it right. */
  warning: string | null;
  chart: ReactNode;
  /** Made only when it is shown. */
  table: () => ReactNode;
}

export function ChartBox({ name, title, reading, warning, chart, table }: ChartBoxProps) {
  const [isTable, setTable] = useState(false);
  const id = useId();
  return (
    <section className="chart" data-testid={`chart-${name}`} aria-labelledby={id}>
      <header>
        <h3 id={id}>{title}</h3>
        <button
          type="button"
          className="small"
          data-testid={`chart-${name}-table`}
          aria-expanded={isTable}
          aria-label={`Table: ${title}`}
          onClick={() => {
            setTable(!isTable);
          }}
        >
          Table
        </button>
      </header>
      <div className="chart-reading">{reading}</div>
      {warning !== null && <p className="chart-warning">{warning}</p>}
      {isTable ? table() : chart}
    </section>
  );
}
