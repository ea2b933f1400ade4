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

/** What stands in the workspace now, field by field, as people read it. */
export interface CurrentVersion {
  readonly updatedAt: Date;
  readonly fields: readonly { readonly label: string; readonly text: string }[];
}

/** Somebody else has written the same since the form was opened. Nothing was written; both texts are still there. */
export class EditConflictError extends Error {
  override readonly name = "EditConflictError";
  readonly current: CurrentVersion;

  constructor(current: CurrentVersion) {
    super("This was changed by somebody else after you opened it. Nothing was saved yet.");
    this.current = current;
  }
}
