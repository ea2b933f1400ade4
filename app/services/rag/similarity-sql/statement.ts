/** SQL text and its parameters, as `pg` takes them. */
export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** The parameters of a statement that is being written. */
export class Parameters {
  readonly values: unknown[] = [];

  /** Takes a value, returns its placeholder. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}
