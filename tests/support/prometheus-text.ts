export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** A metric with all its samples; of a histogram also those with `_bucket`, `_sum` and `_count`. */
export interface MetricFamily {
  name: string;
  type: string;
  help: string;
  samples: Sample[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]Inf|[-+0-9.eE]+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

/**
 * Reads the Prometheus text format, version 0.0.4.
 * @throws Error for a line that is not of it, a sample without its HELP and TYPE, and one that comes twice.
 */
export function parseExposition(text: string): Map<string, MetricFamily> {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, MetricFamily>();
  const seen = new Set<string>();
  let helped = { name: "", help: "" };
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === "HELP") {
      helped = { name, help: rest };
    } else if (kind === "TYPE") {
      if (helped.name !== name || families.has(name)) throw new Error(`a TYPE out of its place: ${line}`);
      if (!/^(counter|gauge|histogram|summary)$/.test(rest)) throw new Error(`no such type: ${line}`);
      families.set(name, { name, type: rest, help: helped.help, samples: [] });
    } else {
      if (seen.has(line.replace(/ \S+$/, ""))) throw new Error(`it comes twice: ${line}`);
      seen.add(line.replace(/ \S+$/, ""));
      const sample = parseSample(line);
      const family =
        families.get(sample.name) ?? families.get(sample.name.replace(/_(bucket|sum|count)$/, ""));
      if (family === undefined || family.name !== helped.name) throw new Error(`no TYPE before: ${line}`);
      family.samples.push(sample);
    }
  }
  return families;
}

function parseSample(line: string): Sample {
  const [whole, name = "", labelText = "", value = ""] = SAMPLE.exec(line) ?? [];
  if (whole === undefined) throw new Error(`not a sample: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < labelText.length) {
    const [, label, said] = LABEL.exec(labelText) ?? [];
    if (label === undefined || said === undefined || label in labels) throw new Error(`labels of: ${line}`);
    labels[label] = said;
  }
  return { name, labels, value: Number(value.replace("Inf", "Infinity")) };
}
