const SCROLLABLE = { tabIndex: 0 };

interface NumberTableProps {
  caption: string;
  /** The first one heads the names of the rows. */
  columns: readonly string[];
  /** A `key` where names are not of one row alone. */
  rows: readonly { readonly name: string; readonly key?: string; readonly cells: readonly string[] }[];
  note?: string;
}

/** Numbers in columns. Where it is wider than the screen it scrolls by itself. */
export function NumberTable({ caption, columns, rows, note }: NumberTableProps) {
  return (
    <section className="table figures-table" {...SCROLLABLE} aria-label={caption}>
      <table>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column, position) => (
              <th key={column} scope="col" className={position === 0 ? undefined : "align-right"}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, key = name, cells }) => (
            <tr key={key}>
              <th scope="row">{name}</th>
              {cells.map((cell, position) => (
                <td key={columns[position + 1]} className="align-right">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {note !== undefined && <p className="quiet">{note}</p>}
    </section>
  );
}
