import { screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { Trade } from "@/shared/api/journal";
import { renderPage } from "@/testing/render";

import { Trades } from "./Trades";

const TRADE = {
  id: "t1",
  signalId: null,
  symbol: "SPY",
  side: "long",
  quantity: 100,
  entryPrice: 100,
  entryTime: "2013-10-07T14:00:00Z",
  exitPrice: 101,
  exitTime: "2013-10-07T14:10:00Z",
  stop: 99,
  r: 0.95,
  mfe: 1.43,
  mae: 0.46,
  pnl: 95,
  open: false,
  ruleId: null,
  tags: [],
  notes: "",
  source: "hand",
  sessionDate: "2013-10-07",
} as unknown as Trade;

afterEach(() => vi.unstubAllGlobals());

test("every R has its sign, the worst one a minus", async () => {
  const page = { results: [TRADE], next: null, previous: null };
  vi.stubGlobal(
    "fetch",
    vi.fn((path: string) => Promise.resolve(new Response(JSON.stringify(path.startsWith("/api/journal/trades") ? page : [])))),
  );
  renderPage(<Trades />, "/journal?tab=trades");
  const row = await screen.findByRole("row", { name: /SPY/ });
  for (const text of ["+0.95R", "+1.43R", "−0.46R"]) expect(within(row).getByText(text)).toBeVisible();
  expect(screen.getByRole("columnheader", { name: "MAE" })).toHaveAttribute("title", "Worst R while it was open");
});
