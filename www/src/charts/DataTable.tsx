// The numbers of a chart as a table.

interface DataTableProps {
  caption: string;
  columns: readonly string[];
  /** The key of each row, and its cells, the first of which names it. */
  rows: readonly (readonly [string | number, readonly string[]])[];
}

export function DataTable({ caption, columns, rows }: DataTableProps) {
  return (
    <div className="chart-table" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col" key={column}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([key, [name, ...cells]]) => (
            <tr key={key}>
              <th scope="row">{name}</th>
              {cells.map((cell, i) => (
                <td key={columns[i + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
