import { Link } from "@remix-run/react";
import type { RowTable } from "../../services/reading/row-columns.ts";

interface RowsTableProps {
  name: string;
  table: RowTable;
}

const SCROLLABLE = { tabIndex: 0 };

/** Some rows of a database. On a narrow screen it scrolls by itself, not the page. */
export function RowsTable({ name, table: { columns, more, rows } }: RowsTableProps) {
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
            {more > 0 && <th scope="col">and {more} more</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, title, cells }) => (
            <tr key={id}>
              <td>
                <Link to={`/app/rows/${id}`}>{title}</Link>
              </td>
              {columns.slice(1).map((column, place) => (
                <td key={column}>
                  <span className="cell">{cells[place + 1]}</span>
                </td>
              ))}
              {more > 0 && <td />}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
