import type { AdminIntent } from "../../services/monitoring/admin-intents.ts";

/** What the page says of something that an admin can do. */
export interface AdminActionText {
  /** On the button that leads to the confirmation. */
  readonly name: string;
  readonly question: string;
  /** What follows from it. */
  readonly consequence: string;
  /** On the button that does it. */
  readonly button: string;
  /** Once it has been done. */
  readonly done: string;
}

export const ADMIN_ACTIONS: Readonly<Record<AdminIntent, AdminActionText>> = {
  "flag-auto": {
    name: "Choose by itself",
    question: "Let search choose the column by itself?",
    consequence:
      "Search reads what the migration has got ready: vector until verify is green, halfvec from then on. It takes a few seconds to reach every process.",
    button: "Choose by itself",
    done: "Search chooses the column by itself.",
  },
  "flag-vector": {
    name: "Read vector",
    question: "Let every search read vector?",
    consequence:
      "It takes a few seconds to reach every process. After the swap there is nothing to choose: go back by a rollback.",
    button: "Read vector",
    done: "Search reads vector.",
  },
  "flag-halfvec": {
    name: "Read halfvec",
    question: "Let every search read halfvec?",
    consequence:
      "Before the swap that needs a green verify. It takes a few seconds to reach every process, and can be taken back here.",
    button: "Read halfvec",
    done: "Search reads halfvec.",
  },
  pause: {
    name: "Pause conversion",
    question: "Pause the conversion?",
    consequence:
      "Workers in every process finish the range that they are at and wait. Search and writes go on as before.",
    button: "Pause",
    done: "The conversion waits.",
  },
  resume: {
    name: "Resume conversion",
    question: "Let the conversion go on?",
    consequence:
      "Workers that wait go on within a second. Where none runs any more, start one: npm run migrate:halfvec",
    button: "Resume",
    done: "The conversion goes on.",
  },
  verify: {
    name: "Run verify",
    question: "Run verify now?",
    consequence:
      "It reads every row of every table, which takes minutes on a large one and loads the database. Its result decides whether a swap is allowed.",
    button: "Run verify",
    done: "Verify has begun.",
  },
  compare: {
    name: "Compare accuracy",
    question: "Compare both columns on the stored test queries?",
    consequence:
      "It searches exactly and through each index, some hundred queries. The result is shown under Recall.",
    button: "Compare",
    done: "The comparison has begun. Its result comes under Recall.",
  },
};
