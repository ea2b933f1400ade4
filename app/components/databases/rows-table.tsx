import { Link } from "@remix-run/react";
import type { DatabaseRowView } from "../../services/content/databases.server.ts";
import { columnsOf, rowTitle, valueText } from "../../services/reading/row-columns.ts";

interface RowsTableProps {
  name: string;
  rows: readonly DatabaseRowView[];
}

const SCROLLABLE = { tabIndex: 0 };

/** Some rows of a database. On a narrow screen it scrolls by itself, not the page. */
export function RowsTable({ name, rows }: RowsTableProps) {
  const { columns, more } = columnsOf(rows);
  return (
    <div className="table rows-table" {...SCROLLABLE}>
      <table>
        <caption className="visually-hidden">Rows of {name}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
            {more.length > 0 && <th scope="col">and {more.length} more</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} columns={columns} withMore={more.length > 0} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({
  row,
  columns,
  withMore,
}: {
  row: DatabaseRowView;
  columns: readonly string[];
  withMore: boolean;
}) {
  const [first, ...others] = columns;
  const own = first === undefined ? "" : valueText(row.properties[first] ?? null);
  return (
    <tr>
      <td>
        <Link to={`/app/rows/${row.id}`}>{own || rowTitle(row.properties, row.databaseName)}</Link>
      </td>
      {others.map((column) => (
        <td key={column}>
          <span className="cell">{valueText(row.properties[column] ?? null)}</span>
        </td>
      ))}
      {withMore && <td />}
    </tr>
  );
}
