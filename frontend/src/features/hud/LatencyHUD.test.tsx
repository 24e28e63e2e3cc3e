import { act, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { ReplayState } from "@/shared/api/types";
import { RealtimeClient } from "@/shared/realtime/client";
import { RealtimeContext } from "@/shared/realtime/context";
import { useFeedSigns } from "@/shared/realtime/useFeedSigns";
import { renderPage } from "@/testing/render";

import { LatencyHUD, type FeedState } from "./LatencyHUD";

const HOUR = 3_600_000;
const session = { open: true, opensAt: null, closesAt: null };
let feed: ReplayState["feed"];
let client: RealtimeClient;

function answer(path: string): unknown {
  if (path.startsWith("/api/replay")) {
    const sessions = { XNYS: session };
    return { source: "live", speed: 1, paused: false, marketTime: null, controllable: false, feed, sessions };
  }
  return { next: null, previous: null, results: [], metrics: {}, sseReconnects: { total: 0, lastHour: 0 } };
}

beforeEach(() => {
  vi.stubGlobal("fetch", (path: string) => Promise.resolve(Response.json(answer(path))));
  client = new RealtimeClient("u1");
  client.lastMarketAt = performance.now() - HOUR; // nobody has traded for an hour
});
afterEach(() => {
  client.stop();
  vi.unstubAllGlobals();
});

function Page({ state }: { state: FeedState }): React.JSX.Element {
  useFeedSigns(client);
  return (
    <RealtimeContext value={client}>
      <LatencyHUD feed={state} />
    </RealtimeContext>
  );
}

const chip = (): HTMLElement => screen.getByText("Feed").parentElement as HTMLElement;

describe("the feed's chip", () => {
  it("is good on a quiet market whose feed lives", async () => {
    feed = { ageMs: 0, trouble: null };
    renderPage(<Page state="open" />);
    await waitFor(() => expect(chip()).toHaveAttribute("data-health", "good"));
  });

  it("is poor when the feed is silent", async () => {
    feed = { ageMs: HOUR / 2, trouble: "refused" };
    renderPage(<Page state="open" />);
    await waitFor(() => expect(chip()).toHaveTextContent("30"));
    expect(chip()).toHaveAttribute("data-health", "poor");
  });

  it.each(["closed", "paused"] as const)("is grey while the market is %s", (state) => {
    feed = { ageMs: null, trouble: null };
    renderPage(<Page state={state} />);
    expect(chip()).toHaveAttribute("data-health", "unknown");
    expect(chip()).toHaveTextContent(state);
  });
});

describe("the round trip's chip", () => {
  it("knows none while the line is down", async () => {
    feed = { ageMs: 0, trouble: null };
    client.clock.set({ offset: 0, uncertainty: 2.5, rttNow: 5 });
    renderPage(<Page state="open" />);
    const trip = (): HTMLElement => screen.getByText("RTT").parentElement as HTMLElement;
    await waitFor(() => expect(trip()).toHaveTextContent("5 ms"));
    act(() => client.status.set((old) => ({ ...old, lostAt: performance.now() })));
    expect(trip()).toHaveAttribute("data-health", "unknown");
    expect(trip()).toHaveTextContent("–");
  });
});
