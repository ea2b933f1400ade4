import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { DotPlot } from "./dot-plot.tsx";
import { LineChart } from "./line-chart.tsx";
import type { Line, Point } from "./point.ts";
import { StackedBars } from "./stacked-bars.tsx";

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 1, 12);
const milliseconds = (value: number) => `${value} ms`;

function line(points: readonly Point[]): Line {
  return { label: "halfvec", style: "halfvec", points };
}

function lines(points: readonly Point[], gap?: number): string {
  return renderToStaticMarkup(
    <LineChart
      title="Latency"
      unit="milliseconds"
      lines={[line(points)]}
      empty="No search yet."
      format={milliseconds}
      gap={gap}
    />,
  );
}

/** What the path of the only line says. */
function drawn(html: string): string {
  return /preserveAspectRatio[^>]*><path class="line line-halfvec" d="([^"]*)"/.exec(html)?.[1] ?? "none";
}

describe("LineChart", () => {
  it("says what is missing where there is no point", () => {
    const html = lines([]);
    expect(html).toContain("No search yet.");
    expect(html).not.toContain("<svg");
  });

  it("draws a mark for one point, and its axes", () => {
    const html = lines([{ at: START, value: 4 }]);
    expect(html).toContain('x="50%"');
    expect(html).toContain("halfvec: 4 ms, one point.");
    expect(html).not.toMatch(/NaN|Infinity/);
  });

  it("draws values from the bottom to the top, oldest to the left", () => {
    const html = lines([
      { at: START, value: 0 },
      { at: START + MINUTE, value: 4 },
    ]);
    expect(drawn(html)).toBe("M0,100L100,0");
    expect(html).toContain("halfvec: 4 ms at the end, between 0 ms and 4 ms.");
  });

  it("tells moments within one minute apart", () => {
    const html = lines([10_000, 10_400, 12_100].map((after) => ({ at: START + after, value: 1 })));
    const rows = [...html.matchAll(/<th scope="row">/g)];
    expect(rows).toHaveLength(3);
    const ticks = [...html.matchAll(/>(12:00:\d\d)<\/text>/g)].map((found) => found[1]);
    expect(ticks.length).toBeGreaterThan(1);
    expect(new Set(ticks).size).toBe(ticks.length);
  });

  it("breaks the line where nothing was measured", () => {
    const points = [0, 1, 5, 6].map((minute) => ({ at: START + minute * MINUTE, value: 1 }));
    expect(drawn(lines(points)).match(/M/g)).toHaveLength(1);
    expect(drawn(lines(points, 2 * MINUTE)).match(/M/g)).toHaveLength(2);
  });

  it("draws a million points with no more than there are pixels, the spike among them", () => {
    const points = Array.from({ length: 1_000_000 }, (_, second) => ({
      at: START + second * 1_000,
      value: second === 700_001 ? 50 : 1,
    }));
    const html = lines(points);
    expect(html.length).toBeLessThan(60_000);
    expect(drawn(html)).toMatch(/,0[LZ]/);
    expect(html).toContain("between 1 ms and 50 ms");
    expect(html).toContain("points in the picture.");
  });

  it("gives the same numbers as a table, newest first", () => {
    const html = lines([
      { at: START, value: 3 },
      { at: START + MINUTE, value: 4 },
    ]);
    const rows = [...html.matchAll(/<th scope="row">([^<]*)<\/th><td[^>]*>([^<]*)/g)].map((found) => [
      found[1],
      found[2],
    ]);
    expect(rows).toEqual([
      ["2026-11-01 12:01:00", "4 ms"],
      ["2026-11-01 12:00:00", "3 ms"],
    ]);
  });
});

describe("StackedBars", () => {
  const segments = [
    { key: "heap", label: "heap" },
    { key: "index", label: "index" },
  ];
  const render = (bars: { label: string; forecast: boolean; values: Record<string, number> }[]) =>
    renderToStaticMarkup(
      <StackedBars
        title="Storage"
        unit="bytes"
        segments={segments}
        bars={bars.map((bar) => ({ note: "", ...bar }))}
        empty="Nothing measured."
        format={(value) => `${value} B`}
      />,
    );

  it("says what is missing where nothing has a size", () => {
    expect(render([])).toContain("Nothing measured.");
    expect(render([{ label: "now", forecast: false, values: { heap: 0, index: 0 } }])).not.toContain("<svg");
  });

  it("lays the parts one after the other, as long as their share of the largest bar", () => {
    const html = render([
      { label: "before", forecast: false, values: { heap: 30, index: 50 } },
      { label: "after", forecast: true, values: { heap: 20 } },
    ]);
    const grounds = [...html.matchAll(/segment-ground" x="([\d.]+)%" width="([\d.]+)%"/g)].map((found) =>
      found.slice(1, 3).map(Number),
    );
    expect(grounds).toEqual([
      [0, 37.5],
      [37.5, 62.5],
      [0, 25],
      [25, 0],
    ]);
    expect(html).toContain("before: 80 B. after: 20 B.");
    expect(html.match(/stack-forecast/g)).toHaveLength(1);
  });

  it("tells parts apart without colours: each has a hatching of its own, which is there", () => {
    const html = render([{ label: "now", forecast: false, values: { heap: 1, index: 1 } }]);
    const used = [...html.matchAll(/url\(#([^)]+)\)/g)].map((found) => found[1]);
    const there = [...html.matchAll(/<pattern id="([^"]+)"/g)].map((found) => found[1]);
    expect(there).toHaveLength(2);
    expect(new Set(used)).toEqual(new Set(there));
  });
});

describe("DotPlot", () => {
  const render = (rows: { name: string; values: Record<string, number | null> }[]) =>
    renderToStaticMarkup(
      <DotPlot
        title="Recall"
        unit="share"
        series={[
          { key: "vector", label: "vector", style: "vector" },
          { key: "halfvec", label: "halfvec", style: "halfvec" },
        ]}
        rows={rows.map((row) => ({ note: "", ...row }))}
        empty="Not verified yet."
        format={(value) => `${Math.round(value * 1000) / 10} %`}
        to={1}
      />,
    );

  it("says what is missing where there is no value", () => {
    expect(render([])).toContain("Not verified yet.");
    expect(render([{ name: "documents", values: { vector: null } }])).toContain("Not verified yet.");
  });

  it("hides no dot behind another, and writes no mark of its axis twice, however close the values are", () => {
    for (const lowest of [1, 0.9999, 0.9989, 0.995, 0.97, 0.4]) {
      const html = render([
        { name: "a", values: { vector: 1, halfvec: 1 } },
        { name: "b", values: { vector: lowest, halfvec: lowest } },
      ]);
      const places = [...html.matchAll(/<svg x="([^"]*)" y="([^"]*)"/g)].map(([, x, y]) => `${x} ${y}`);
      expect(new Set(places).size).toBe(lowest === 1 ? 2 : 4);
      const ticks = [...html.matchAll(/text-anchor="\w+">([^<]*)</g)].map((found) => found[1]);
      expect(ticks.length).toBeGreaterThan(2);
      expect(new Set(ticks).size).toBe(ticks.length);
    }
  });

  it("marks each value by shape, on an axis that ends at 1, and names no series without values", () => {
    const both = render([{ name: "documents", values: { vector: 0.98, halfvec: 1 } }]);
    expect(both.match(/<svg x="100%"/g)).toHaveLength(1);
    expect(both).toContain("documents: vector 98 %, halfvec 100 %.");
    const one = render([{ name: "documents", values: { vector: null, halfvec: 1 } }]);
    expect(one).not.toContain("marker-square");
    expect(one).not.toMatch(/NaN|Infinity/);
  });
});
