import type { gfm } from "micromark-extension-gfm";
import { ContentError } from "../content/content-error.ts";

type Extension = ReturnType<typeof gfm>;
type Construct = Exclude<NonNullable<Extension["text"]>[number], readonly unknown[] | undefined>;
type Resolver = NonNullable<Construct["resolveAll"]>;
type Event = Parameters<Resolver>[0][number];
type ParseContext = Parameters<Resolver>[1]["parser"];

/**
 * How much work a text may make: for each mark that can end an emphasis, as many steps as its paragraph has parts. The
 * parser looks through all of them. It takes about 4 ns a step.
 */
const MOST_STEPS = 100_000_000;

/** Parts of one paragraph, as the parser counts them: a word with a `_` in it has six or so. It joins them in square time. */
const MOST_PARTS = 50_000;

/** What opens and closes: its characters, the parser's name of it, and the name of a mark that has no partner yet. */
const MARKS = [
  { codes: ["*", "_"], name: "attention", mark: "attentionSequence" },
  { codes: ["~"], name: "strikethrough", mark: "strikethroughSequenceTemporary" },
] as const;

/**
 * For one parse, and after the extensions that it watches: ends it where emphasis would take seconds. The parser's time
 * for emphasis grows with the square of the marks in a paragraph, so that 100,000 of them would take minutes.
 * @throws {ContentError} from the parse, before the time is spent
 */
export function limitedEmphasis(): Extension {
  let steps = 0;
  const count = (events: readonly Event[], mark: string) => {
    let closing = 0;
    for (const [at, token] of events) if (at === "enter" && token.type === mark && token._close) closing += 1;
    steps += closing * events.length;
    if (steps > MOST_STEPS) throw tooMany();
  };
  const watches = MARKS.map(({ codes, name, mark }) => {
    const watch: Construct = {
      name: `limited-${name}`,
      tokenize(effects, ok, nok) {
        if (this.events.length > MOST_PARTS) throw tooMany();
        return watched(this.parser, codes[0], name).tokenize.call(this, effects, ok, nok);
      },
      resolveAll(events, context) {
        count(events, mark);
        return watched(context.parser, codes[0], name).resolveAll?.(events, context) ?? events;
      },
    };
    return { codes, watch };
  });
  return {
    text: Object.fromEntries(
      watches.flatMap(({ codes, watch }) => codes.map((code) => [code.charCodeAt(0), watch])),
    ),
    insideSpan: { null: watches.map(({ watch }) => watch) },
  };
}

function tooMany(): ContentError {
  return new ContentError(
    "markdown",
    "One paragraph has too many marks of emphasis (*, _ or ~). Divide it by empty lines, or put what is meant literally between lines of ```.",
  );
}

/** The parser's own construct for a character. */
function watched({ constructs }: ParseContext, character: string, name: string): Construct {
  const own = [constructs.text[character.charCodeAt(0)] ?? []]
    .flat()
    .find((construct) => construct.name === name);
  if (own === undefined) throw new TypeError(`The parser has no construct ${name}`);
  return own;
}
