/** The first so many results are compared. */
const COMPARED = 10;

interface Hit {
  readonly key: string;
  /** Cosine similarity. */
  readonly similarity: number;
}

export interface AnswerComparison {
  /** Share of the first ten results that both have, 0 to 1. */
  readonly overlap: number;
  /** Over all rows that both have; 0 where there is none. */
  readonly largestDifference: number;
}

/**
 * Compares two answers to the same question, most similar first. Shorter ones are compared as they are: the overlap is the
 * share of the longer one, and two empty answers are the same.
 */
export function compareAnswers(answer: readonly Hit[], other: readonly Hit[]): AnswerComparison {
  const [first, second] = [answer.slice(0, COMPARED), other.slice(0, COMPARED)];
  const firstKeys = new Set(first.map(({ key }) => key));
  const common = second.filter(({ key }) => firstKeys.has(key)).length;
  const longer = Math.max(first.length, second.length);

  const similarities = new Map(answer.map(({ key, similarity }) => [key, similarity]));
  const differences = other.map(({ key, similarity }) =>
    Math.abs(similarity - (similarities.get(key) ?? similarity)),
  );
  return { overlap: longer === 0 ? 1 : common / longer, largestDifference: Math.max(0, ...differences) };
}
