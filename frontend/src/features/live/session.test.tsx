import { screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { RealtimeClient } from "@/shared/realtime/client";
import { RealtimeContext } from "@/shared/realtime/context";
import { LiveText } from "@/shared/ui/LiveText";
import { renderPage } from "@/testing/render";

import { SessionContext, useStaleMs } from "./session";

const HOUR = 3_600_000;
let client: RealtimeClient;

function Price(): React.JSX.Element {
  const stale = useStaleMs();
  return <LiveText read={() => (stale() === null ? "shown" : "hidden")} testId="price" />;
}

beforeEach(() => {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ next: null, previous: null, results: [] })));
  client = new RealtimeClient("u1");
  client.lastMarketAt = performance.now() - HOUR; // nobody has traded for an hour
  renderPage(
    <RealtimeContext value={client}>
      <SessionContext value={{ expecting: true, riskPerTrade: null, calendar: "XNYS" }}>
        <Price />
      </SessionContext>
    </RealtimeContext>,
  );
});
afterEach(() => {
  client.stop();
  vi.unstubAllGlobals();
});

const expectPrice = async (word: string): Promise<void> => {
  await waitFor(() => expect(screen.getByTestId("price")).toHaveTextContent(word));
};

describe("a price of an hour ago", () => {
  it("is hidden while nobody knows whether the feed lives", async () => {
    await expectPrice("hidden");
    client.heard(HOUR / 2);
    await expectPrice("hidden");
  });

  it("is the price on a quiet market whose feed lives, unless the stream is lost", async () => {
    client.heard(0);
    await expectPrice("shown");
    client.status.set((old) => ({ ...old, phase: "lost", lostAt: performance.now() }));
    await expectPrice("hidden");
  });
});
