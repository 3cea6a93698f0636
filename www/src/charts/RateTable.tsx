// The numbers of the rate chart as a table: ten seconds a row, the latest first.
import type { RateSecond } from '../model/rate';

const A_ROW = 10;

export function RateTable({ seconds }: { seconds: readonly RateSecond[] }) {
  const latestFirst = [...seconds].reverse();
  const rows = Array.from({ length: Math.ceil(latestFirst.length / A_ROW) }, (_, row) =>
    latestFirst.slice(row * A_ROW, (row + 1) * A_ROW),
  );
  return (
    <div className="rate-table" role="region" aria-label="Events per second, as a table" tabIndex={0}>
      <table>
        <caption>Events in each of the last 60 seconds; – where the page was not connected.</caption>
        <thead>
          <tr>
            <th scope="col">seconds ago</th>
            {Array.from({ length: A_ROW }, (_, i) => (
              <th scope="col" key={i}>
                +{i + 1}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              <th scope="row">{i * A_ROW}</th>
              {row.map(({ second, count }) => (
                <td key={second}>{count ?? '–'}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
