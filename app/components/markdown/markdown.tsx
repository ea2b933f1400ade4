import type { ListItemNode, MarkdownNode, TableNode } from "../../services/reading/markdown-tree.ts";
import { InlineText } from "./inline-text.tsx";

/** What may be wider than the page can be scrolled by the keyboard. */
const SCROLLABLE = { tabIndex: 0 };

/** The text of a page. Its parts stand in the order of the text, so their places serve as keys. */
export function Markdown({ nodes }: { nodes: readonly MarkdownNode[] }) {
  return nodes.map((node, place) => <Node key={keyOf(node, place)} node={node} />);
}

function Node({ node }: { node: MarkdownNode }) {
  switch (node.type) {
    case "heading": {
      const Heading = `h${node.level}` as const;
      return (
        <Heading id={node.id}>
          <InlineText parts={node.children} />
        </Heading>
      );
    }
    case "paragraph":
      return (
        <p id={node.id}>
          <InlineText parts={node.children} />
        </p>
      );
    case "code":
      return (
        <pre id={node.id} {...SCROLLABLE}>
          <code>{node.value}</code>
        </pre>
      );
    case "quote":
      return (
        <blockquote id={node.id}>
          <Markdown nodes={node.children} />
        </blockquote>
      );
    case "list":
      return node.start === null ? (
        <ul>
          <Items items={node.items} />
        </ul>
      ) : (
        <ol start={node.start}>
          <Items items={node.items} />
        </ol>
      );
    case "table":
      return <Table table={node} />;
    case "rule":
      return <hr />;
    case "footnote":
      return (
        <aside className="footnote">
          <sup>{node.label}</sup> <Markdown nodes={node.children} />
        </aside>
      );
  }
}

function Items({ items }: { items: readonly ListItemNode[] }) {
  return items.map((item, place) => (
    <li key={keyOf({ type: "item" }, place)} id={item.id} className={item.done === null ? undefined : "task"}>
      {item.done !== null && <Tick done={item.done} />}
      <ItemText nodes={item.children} />
    </li>
  ));
}

/** An item of one paragraph, or of one with lists under it, stands close to the others. */
function ItemText({ nodes }: { nodes: readonly MarkdownNode[] }) {
  const [first, ...rest] = nodes;
  if (first?.type !== "paragraph" || rest.some(({ type }) => type !== "list"))
    return <Markdown nodes={nodes} />;
  return (
    <>
      <InlineText parts={first.children} />
      <Markdown nodes={rest} />
    </>
  );
}

function Tick({ done }: { done: boolean }) {
  return (
    <span className="tick" role="img" aria-label={done ? "Done:" : "To do:"}>
      {done ? "☑" : "☐"}
    </span>
  );
}

function Table({ table: { id, align, head, rows } }: { table: TableNode }) {
  return (
    <div id={id} className="table" {...SCROLLABLE}>
      <table>
        <thead>
          <tr>
            {head.map((cell, column) => (
              <th key={keyOf({ type: "head" }, column)} scope="col" className={aligned(align[column])}>
                <InlineText parts={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={keyOf({ type: "row" }, row)}>
              {cells.map((cell, column) => (
                <td key={keyOf({ type: "cell" }, column)} className={aligned(align[column])}>
                  <InlineText parts={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function aligned(align: TableNode["align"][number] | undefined): string | undefined {
  return align ? `align-${align}` : undefined;
}

function keyOf({ type }: { type: string }, place: number): string {
  return `${place}:${type}`;
}
