/** Text, or a piece of it that is marked up. */
export type Inline =
  | string
  | { readonly type: "strong" | "emphasis" | "delete"; readonly children: readonly Inline[] }
  | { readonly type: "code"; readonly value: string }
  | { readonly type: "note"; readonly label: string }
  | InlineLink;

export interface InlineLink {
  readonly type: "link";
  /** A web address, `mailto:`, an address of the app or a fragment: nothing else gets here. */
  readonly href: string;
  /** `missing` is a title that no page has: it leads to a new page. */
  readonly leads: "elsewhere" | "to-page" | "within-page" | "missing";
  readonly children: readonly Inline[];
}

/** A part of a page as its reader sees it. `id` is the fragment under which hits and citations find it. */
export type MarkdownNode =
  | {
      readonly type: "heading";
      readonly id?: string;
      readonly level: 2 | 3 | 4 | 5 | 6;
      readonly children: readonly Inline[];
    }
  | { readonly type: "paragraph"; readonly id?: string; readonly children: readonly Inline[] }
  | { readonly type: "code"; readonly id?: string; readonly value: string; readonly language?: string }
  | { readonly type: "quote"; readonly id?: string; readonly children: readonly MarkdownNode[] }
  | { readonly type: "list"; readonly start: number | null; readonly items: readonly ListItemNode[] }
  | TableNode
  | { readonly type: "rule" }
  | { readonly type: "footnote"; readonly label: string; readonly children: readonly MarkdownNode[] };

export interface ListItemNode {
  readonly id?: string;
  /** Of a task; null for an ordinary item. */
  readonly done: boolean | null;
  readonly children: readonly MarkdownNode[];
}

export interface TableNode {
  readonly type: "table";
  readonly id?: string;
  readonly align: readonly ("left" | "right" | "center" | null)[];
  readonly head: readonly (readonly Inline[])[];
  readonly rows: readonly (readonly (readonly Inline[])[])[];
}
