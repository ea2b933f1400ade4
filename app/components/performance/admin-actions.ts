/** What an admin can do here, in the order of the page. */
export interface AdminActionText {
  /** On the button that leads to the confirmation. */
  readonly name: string;
  readonly question: string;
  /** What follows from it. */
  readonly consequence: string;
  /** On the button that does it. */
  readonly button: string;
}

/** By the `intent` of the form. */
export const ADMIN_ACTIONS = {
  "flag-auto": {
    name: "Choose by itself",
    question: "Let search choose the column by itself?",
    consequence:
      "Search reads what the migration has got ready: vector until the swap, halfvec after it. It takes a few seconds to reach every process.",
    button: "Choose by itself",
  },
  "flag-vector": {
    name: "Read vector",
    question: "Let every search read vector?",
    consequence:
      "It takes a few seconds to reach every process. Where there is no vector column any more, nothing changes.",
    button: "Read vector",
  },
  "flag-halfvec": {
    name: "Read halfvec",
    question: "Let every search read halfvec?",
    consequence:
      "Tables whose halfvec index is not ready go on with vector. It takes a few seconds to reach every process, and can be taken back here.",
    button: "Read halfvec",
  },
  pause: {
    name: "Pause conversion",
    question: "Pause the conversion?",
    consequence:
      "Workers in every process finish the range that they are at and wait. Search and writes go on as before.",
    button: "Pause",
  },
  resume: {
    name: "Resume conversion",
    question: "Let the conversion go on?",
    consequence:
      "Workers that wait go on within a second. Where none runs any more, start one: npm run migrate:halfvec",
    button: "Resume",
  },
  verify: {
    name: "Run verify",
    question: "Run verify now?",
    consequence:
      "It reads every row of every table, which takes minutes on a large one and loads the database. Its result decides whether a swap is allowed.",
    button: "Run verify",
  },
  compare: {
    name: "Compare accuracy",
    question: "Compare both columns on the stored test queries?",
    consequence:
      "It searches exactly and through each index, some hundred queries. The result is shown under Recall.",
    button: "Compare",
  },
} as const satisfies Readonly<Record<string, AdminActionText>>;

export type ActionKey = keyof typeof ADMIN_ACTIONS;

export function isActionKey(key: string | null): key is ActionKey {
  return key !== null && Object.hasOwn(ADMIN_ACTIONS, key);
}
