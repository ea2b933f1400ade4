/** What may be lost against the vector index: one point. */
export const MOST_LOSS = 0.01;

/** The recall to tune an index to. */
export interface RecallTarget {
  /** Mean recall@k, 0 to 1. */
  recall: number;
  /** Whether somebody asked for just that. */
  chosen: boolean;
}

/** What somebody asked for, else the recall of the vector index less one point. */
export function recallTarget(asked: number | null, recallVector: number): RecallTarget {
  if (asked !== null) return { recall: asked, chosen: true };
  return { recall: Math.max(0, recallVector - MOST_LOSS), chosen: false };
}
