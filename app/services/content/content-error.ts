/** What a user wrote cannot be kept as it is. The message is for them, beside the field. */
export class ContentError extends Error {
  override readonly name = "ContentError";
  /** Name of the form's field: `title`, `markdown`, `parentId`, `name`, `properties`, `content`, `text`. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** Somebody else has written a page since the form was opened. Nothing was written; both texts are still there. */
export class EditConflictError extends Error {
  override readonly name = "EditConflictError";
  /** What stands in the workspace now. */
  readonly current: { readonly title: string; readonly markdown: string; readonly updatedAt: Date };

  constructor(current: EditConflictError["current"]) {
    super("This page was changed by somebody else after you opened it. Nothing was saved yet.");
    this.current = current;
  }
}
