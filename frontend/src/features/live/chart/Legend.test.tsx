import { act, screen } from "@testing-library/react";
import { createRef } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { RealtimeClient } from "@/shared/realtime/client";
import { RealtimeContext } from "@/shared/realtime/context";
import type { Bar } from "@/shared/realtime/events";
import { renderPage } from "@/testing/render";

import { SessionContext } from "../session";
import { Legend, type LegendHandle } from "./Legend";

const BAR: Bar = { seq: 1, ts: Date.parse("2025-09-15T10:41:00-04:00"), open: 10, high: 12, low: 9, close: 11, volume: 500, ema20: 10.5, ema50: 10.25, vwap: 10.75 };
const INSTRUMENT = { symbol: "SPY", tickSize: 0.01, calendar: "XNYS" as const, timeZone: "America/New_York", name: "", assetClass: "", vendorTicker: "", dataRange: null };
const PRICES = /O 10\.00\s+H 12\.00\s+L 9\.00\s+C 11\.00\s+V 500.*EMA20 10\.50.*VWAP 10\.75/;
let client: RealtimeClient;

beforeEach(() => {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ next: null, previous: null, results: [] })));
  client = new RealtimeClient("u1");
  client.market.load("SPY", [BAR], []);
});
afterEach(() => {
  client.stop();
  vi.unstubAllGlobals();
});

function show(heardAgoMs: number): { text: () => string; legend: LegendHandle } {
  client.heard(heardAgoMs);
  const ref = createRef<LegendHandle>();
  const { container } = renderPage(
    <RealtimeContext value={client}>
      <SessionContext value={{ expecting: true, riskPerTrade: null, calendar: "XNYS" }}>
        <Legend ref={ref} instrument={INSTRUMENT} indicators={["ema20", "vwap"]} read={() => client.market.get("SPY")}>
          {null}
        </Legend>
      </SessionContext>
    </RealtimeContext>,
  );
  return { text: () => container.querySelector("div")?.textContent ?? "", legend: ref.current as LegendHandle };
}

describe("the legend", () => {
  it("shows the newest bar's prices while the feed lives", () => {
    expect(show(0).text()).toMatch(PRICES);
  });

  it("hides them when they are too old, but not those of a bar that is pointed at", () => {
    const { text, legend } = show(3_600_000);
    expect(text()).not.toMatch(/\d\.\d\d/);
    expect(text()).toContain("C –");
    act(() => legend.show(BAR));
    expect(text()).toMatch(PRICES);
    act(() => legend.show(null));
    expect(text()).toContain("C –");
    expect(screen.getByText("10:41:00 ET")).toBeInTheDocument();
  });
});
