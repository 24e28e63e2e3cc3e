import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import type { GoldenCase, GoldenDetail, GoldenOverview } from "@/shared/api/golden";
import { renderPage } from "@/testing/render";

import { GoldenPage } from "./GoldenPage";
import { barWords, between, openOf, valueWords } from "./model";

const FROM = Date.UTC(2013, 9, 7, 13, 30);

const CASE: GoldenCase = {
  name: "ema_cross_long",
  description: "A cross upwards.",
  symbol: "SPY",
  ruleId: "ema_cross",
  params: { fast: 20, slow: 50 },
  timeframe: "1m",
  session: "regular",
  calendar: "XNYS",
  engineVersion: "abcdef0123456789",
  source: "made up",
  assertFrom: FROM / 60_000,
  mutation: { killed: 12, of: 15 },
  from: FROM,
  to: FROM + 390 * 60_000,
  bars: 500,
  triggers: 1,
  silent: 389,
  pass: true,
  lastRun: {
    status: "fail",
    checkedAt: "2026-01-01T00:00:00Z",
    engineVersion: "abcdef0123456789",
    differenceCount: 1,
    differences: [
      {
        driver: "scan",
        what: "direction",
        seq: FROM / 60_000 + 5,
        ts: FROM + 300_000,
        expected: "long at 0.7",
        got: "silence",
        bar: [FROM + 300_000, 100, 101, 99, 100.5, 8100],
        values: { ema20: 100.123456789 },
      },
    ],
  },
};
const OVERVIEW: GoldenOverview = { engineVersion: "abcdef0123456789", requiredRate: 0.6, cases: [CASE], candidates: [] };
const DETAIL: GoldenDetail = {
  ...CASE,
  candidate: null,
  fixture: {
    bars: [[FROM, 100, 101, 99, 100, 5]],
    expected: { triggers: [{ seq: FROM / 60_000, direction: "long", confidence: 0.7 }], silent: [], pass: true },
  },
};

const RULES = [{ ruleId: "ema_cross", title: "EMA cross" }];

afterEach(() => vi.unstubAllGlobals());

function serve(overview = OVERVIEW): void {
  vi.stubGlobal(
    "fetch",
    vi.fn((path: string) => Promise.resolve(new Response(JSON.stringify(path === "/api/golden" ? overview : path === "/api/rules" ? RULES : DETAIL)))),
  );
}

test("a failing case says so in the list, and its difference in the drawer: bar, expected, got", async () => {
  serve();
  renderPage(<GoldenPage />, "/golden");
  const row = await screen.findByRole("row", { name: /ema_cross_long/ });
  expect(row).toHaveTextContent("12 of 15 (80 %)");
  expect(row).toHaveTextContent("1 difference");
  await waitFor(() => expect(row).toHaveTextContent("EMA cross 20/50"));
  await userEvent.click(within(row).getByRole("button", { name: "ema_cross_long" }));
  const differences = await screen.findByRole("region", { name: "Differences" });
  expect(differences).toHaveTextContent("Oct 07, 2013 09:35:00 ET");
  expect(differences).toHaveTextContent("long at 0.7");
  expect(differences).toHaveTextContent("silence");
  expect(screen.getByRole("link", { name: "Download the fixture" })).toHaveAttribute("href", "/api/golden/ema_cross_long?download=1");
});

test("a case of the corpus below the tick is no failure; a candidate is", async () => {
  const weak = { ...CASE, name: "weak", mutation: { killed: 6, of: 15 } };
  const candidate = { ...weak, id: "c1", name: "mine", state: "proposed", reviewedBy: null } as unknown as GoldenOverview["candidates"][number];
  serve({ ...OVERVIEW, cases: [CASE, weak], candidates: [candidate] });
  renderPage(<GoldenPage />, "/golden");
  const verdict = async (name: RegExp): Promise<string | null | undefined> =>
    (await screen.findByRole("row", { name })).querySelector("[data-verdict]")?.getAttribute("data-verdict");
  expect(await verdict(/^ema_cross_long/)).toBe("enough");
  expect(await verdict(/^weak/)).toBe("part");
  expect(await verdict(/^mine/)).toBe("weak");
  expect(screen.getByText(/A candidate must alone notice 60 % .* \(the tick\); the corpus notices a rule's faults together\.$/)).toBeVisible();
});

test("without candidates the page names the next act", async () => {
  serve();
  renderPage(<GoldenPage />, "/golden");
  expect(await screen.findByRole("link", { name: "Go to Backtest" })).toHaveAttribute("href", "/backtest");
});

test("bars, values and sessions in words", () => {
  expect(barWords([0, 1, 2, 0.5, 1.5, 80])).toBe("O 1  H 2  L 0.5  C 1.5  V 80");
  expect(barWords(null)).toBe("–");
  expect(valueWords({ ema20: 100.123456789 })).toBe("ema20 100.12346");
  expect(between(CASE)).toBe("Oct 07, 2013");
  expect(openOf(DETAIL, FROM / 60_000)).toBe(FROM);
  expect(openOf(DETAIL, 1)).toBeNull();
});
