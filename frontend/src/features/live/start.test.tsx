import { act, screen, waitFor } from "@testing-library/react";
import type { JSX } from "react";
import { Link, Route, Routes, useLocation } from "react-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { RealtimeClient } from "@/shared/realtime/client";
import { RealtimeContext } from "@/shared/realtime/context";
import { useCharted } from "@/shared/ui/charted";
import { makeAlert } from "@/testing/alerts";
import { renderPage } from "@/testing/render";

import { useStart } from "./start";

const ANSWERS: Record<string, unknown> = {
  "/api/symbols": ["AAPL", "SPY", "TSLA"].map((symbol) => ({ symbol, calendar: "XNYS", tickSize: 0.01 })),
  "/api/watchlist": { symbols: ["AAPL", "SPY", "TSLA"] },
};
let client: RealtimeClient;

function Live(): JSX.Element {
  useStart(useCharted());
  return <Link to="/rules">Rules</Link>;
}

function Address(): JSX.Element {
  const { pathname, search } = useLocation();
  return <output>{pathname + search}</output>;
}

function open(path: string): void {
  renderPage(
    <RealtimeContext value={client}>
      <Address />
      <Routes>
        <Route path="/" element={<Live />} />
        <Route path="/rules" element={<Link to="/">Live</Link>} />
      </Routes>
    </RealtimeContext>,
    path,
  );
}

const expectAddress = async (address: string): Promise<void> => {
  await waitFor(() => expect(screen.getByRole("status")).toHaveTextContent(address));
};

beforeEach(() => {
  vi.stubGlobal("fetch", (path: string) => Promise.resolve(Response.json(ANSWERS[path] ?? { next: null, previous: null, results: [] })));
  client = new RealtimeClient("u1");
});
afterEach(() => {
  client.stop();
  vi.unstubAllGlobals();
});

describe("an address that names no symbol", () => {
  it("gets that of the newest open alert, which is the open card's, and keeps it", async () => {
    open("/");
    const over = makeAlert({ n: 3, symbol: "SPY", outcome: { ...makeAlert().outcome, state: "closed", exitReason: "stop" } });
    act(() => client.alerts.snapshot([over, makeAlert({ n: 2, symbol: "TSLA" })]));
    await expectAddress("/?symbol=TSLA");
    act(() => client.alerts.snapshot([makeAlert({ n: 4, symbol: "SPY" })]));
    await expectAddress("/?symbol=TSLA");
  });

  it("gets the first of the watchlist when no alert is open", async () => {
    open("/");
    act(() => client.alerts.snapshot([]));
    await expectAddress("/?symbol=AAPL");
  });

  it("gets the one where the trader left off, with its timeframe", async () => {
    open("/?symbol=SPY&tf=5m");
    act(() => client.alerts.snapshot([makeAlert({ symbol: "TSLA" })]));
    act(() => screen.getByText("Rules").click());
    await expectAddress("/rules");
    act(() => screen.getByText("Live").click());
    await expectAddress("/?symbol=SPY&tf=5m");
  });
});

describe("an address that names one nobody knows", () => {
  it("gets one that exists", async () => {
    open("/?symbol=NOPE");
    act(() => client.alerts.snapshot([]));
    await expectAddress("/?symbol=AAPL");
  });
});
