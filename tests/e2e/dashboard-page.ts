import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { MigrationStatus } from "../../app/services/halfvec/status.ts";
import type { Json } from "../../app/services/monitoring/vector-metrics.ts";
import { finished, startScript } from "../support/cli.ts";

export const DASHBOARD = "/app/performance-dashboard";

/** The page says so within two seconds of what it shows, and ten where nothing moves. */
export const SOON = { timeout: 30_000, interval: 200 };

/** Opens the dashboard and waits until its figures come by themselves. */
export async function openDashboard(page: Page): Promise<void> {
  await page.goto(DASHBOARD);
  await page.getByText("Live", { exact: true }).waitFor();
}

/** What the page says of one table. */
export interface ShownTable {
  name: string;
  phase: string;
  /** As in "12 of 40"; null before the conversion. */
  rows: string | null;
  /** Value and end of the progress bar. */
  progress: readonly [number, number] | null;
  hot: string | null;
  verify: string | null;
}

/** Every table as the page shows it now. */
export function shownTables(page: Page): Promise<ShownTable[]> {
  return page.locator(".table-card").evaluateAll((cards) =>
    cards.map((card) => {
      const figure = (name: string) => {
        const term = [...card.querySelectorAll("dt")].find(({ textContent }) => textContent === name);
        return term?.nextElementSibling?.textContent ?? null;
      };
      const bar = card.querySelector("progress");
      return {
        name: card.querySelector("h3")?.textContent ?? "",
        phase: card.querySelector(".phase")?.textContent ?? "",
        rows: figure("Rows"),
        progress: bar === null ? null : ([bar.value, bar.max] as const),
        hot: figure("HOT updates"),
        verify:
          /Verify is (\w+)/.exec(card.querySelector(".checks > summary")?.textContent ?? "")?.[1] ?? null,
      };
    }),
  );
}

/** What `status --json` says, as the page would show it. */
export async function toldTables(databaseUrl: string): Promise<ShownTable[]> {
  const { code, stdout } = await finished(
    startScript("scripts/migrate-to-halfvec.ts", { args: ["status", "--json"], databaseUrl }),
  );
  expect(code).toBe(0);
  const { tables } = JSON.parse(stdout) as Json<MigrationStatus>;
  const count = (rows: number) => rows.toLocaleString("en-US");
  return tables.map(({ table, phase, conversion, verification }) => {
    const { rowsConverted = 0, rowsTotal = 0, finishedAt = null, hotShare = null } = conversion ?? {};
    const running = finishedAt === null ? "converting" : "converted";
    return {
      name: table,
      phase: phase === "expanded" && conversion !== null ? running : phase,
      rows: conversion && `${count(rowsConverted)} of ${count(rowsTotal)}`,
      progress: conversion && (rowsTotal === 0 ? [1, 1] : [rowsConverted, rowsTotal]),
      hot: conversion && (hotShare === null ? "–" : `${Math.round(hotShare * 100)} %`),
      verify: verification && (verification.ok ? "green" : "red"),
    };
  });
}

/** A key figure of the head of the page. */
export async function keyFigure(page: Page, question: string): Promise<string> {
  const figure = page.locator(".key-figure", { has: page.getByText(question, { exact: true }) });
  return (await figure.locator(".key-answer").textContent()) ?? "";
}
