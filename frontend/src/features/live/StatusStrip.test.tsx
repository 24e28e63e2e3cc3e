import { screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { RealtimeClient } from "@/shared/realtime/client";
import { RealtimeContext } from "@/shared/realtime/context";
import { renderPage } from "@/testing/render";

import { SessionContext } from "./session";
import { StatusStrip } from "./StatusStrip";

const MINUTE = 60_000;
const TEN_FORTY_ONE = Date.parse("2025-09-15T10:41:00-04:00");
let client: RealtimeClient;

beforeEach(() => {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ next: null, previous: null, results: [] })));
  client = new RealtimeClient("u1");
});
afterEach(() => {
  client.stop();
  vi.unstubAllGlobals();
});

describe("a lost line", () => {
  it("says up to when the market is known, be it from bars that were read", () => {
    const seq = TEN_FORTY_ONE / MINUTE;
    client.market.load("SPY", [{ seq, ts: TEN_FORTY_ONE, open: 1, high: 1, low: 1, close: 1, volume: 1, ema20: null, ema50: null, vwap: null }], []);
    client.lastMarketAt = performance.now() - 12_000;
    client.status.set((old) => ({ ...old, phase: "lost", lostAt: performance.now() - 12_000 }));
    renderPage(
      <RealtimeContext value={client}>
        <StatusStrip calendar="XNYS" reviewPath={undefined} reviewDay={() => undefined} />
      </RealtimeContext>,
    );
    expect(screen.getByTestId("reconnecting")).toHaveTextContent(/^Reconnecting, last bar 10:42:00, \d+ s ago$/);
  });
});

describe("a feed that has gone silent", () => {
  it("is told to a trader in one sentence with one age, whatever the server says is wrong", async () => {
    const replay = { feed: { ageMs: 30_000, trouble: "no live process has spoken for 10 s" }, sessions: {} };
    vi.stubGlobal("fetch", (url: string) => Promise.resolve(Response.json(url.includes("/replay") ? replay : { next: null, previous: null, results: [] })));
    client.heard(30_000);
    renderPage(
      <RealtimeContext value={client}>
        <SessionContext value={{ expecting: true, riskPerTrade: null, calendar: "XNYS" }}>
          <StatusStrip calendar="XNYS" reviewPath={undefined} reviewDay={() => undefined} />
        </SessionContext>
      </RealtimeContext>,
    );
    const strip = screen.getByTestId("stale");
    await vi.waitFor(() => expect(strip).toHaveAttribute("title", replay.feed.trouble));
    expect(strip).toHaveTextContent(/^Stale: nothing from the market for \d+ s\. Prices and R are hidden\.$/);
  });
});
