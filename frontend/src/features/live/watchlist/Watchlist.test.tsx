import { act } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { RealtimeClient } from "@/shared/realtime/client";
import { RealtimeContext } from "@/shared/realtime/context";
import { KeyboardProvider } from "@/shared/ui/keyboard";
import { renderPage } from "@/testing/render";

import { Watchlist } from "./Watchlist";

let client: RealtimeClient;

beforeEach(() => {
  const answer = (path: string): unknown => (path.startsWith("/api/symbols") ? [] : { next: null, previous: null, results: [] });
  vi.stubGlobal("fetch", (path: string) => Promise.resolve(Response.json(answer(path))));
  client = new RealtimeClient("u1");
});
afterEach(() => {
  client.stop();
  vi.unstubAllGlobals();
});

it("keys that come before the chart has followed each go one symbol on", () => {
  const chart = vi.fn();
  renderPage(
    <RealtimeContext value={client}>
      <KeyboardProvider enabled changed={{}} goTo={() => undefined}>
        <Watchlist symbols={["AAPL", "AMD", "MSFT"]} charted="AAPL" chart={chart} />
      </KeyboardProvider>
    </RealtimeContext>,
  );
  act(() => {
    for (const key of ["]", "]", "[", "[", "["]) window.dispatchEvent(new KeyboardEvent("keydown", { key }));
  });
  expect(chart.mock.calls.flat()).toEqual(["AMD", "MSFT", "AMD", "AAPL", "MSFT"]);
});
