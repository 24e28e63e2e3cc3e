import { afterEach, expect, it, vi } from "vitest";

import { ApiError } from "@/shared/api/http";
import { makeAlert } from "@/testing/alerts";

import { RealtimeClient } from "./client";

// Nobody waits that long: what is read again here was asked for.
vi.mock("./backoff", () => ({ backoffMs: () => 1_000_000_000 }));

afterEach(() => vi.unstubAllGlobals());

it("says why the alerts cannot be read, and reads them again when asked to", async () => {
  let broken = true;
  const answer = (path: string): Response => {
    const headers = { "Content-Type": "application/json", "X-Request-ID": "01REQ" };
    if (!path.startsWith("/api/alerts")) return new Response("{}", { headers });
    if (broken) return new Response(JSON.stringify({ errors: [{ code: "error", detail: "Broken.", attr: null }] }), { status: 500, headers });
    return new Response(JSON.stringify({ next: null, previous: null, results: [makeAlert({ n: 1 })] }), { headers });
  };
  vi.stubGlobal("fetch", (path: string) => Promise.resolve(answer(path)));
  const client = new RealtimeClient("u1");
  const state = client.alerts.state;
  await vi.waitFor(() => expect(state.get().problem).toBeInstanceOf(ApiError));
  expect((state.get().problem as ApiError).requestId).toBe("01REQ");
  expect(state.get().loaded).toBe(false);
  broken = false;
  client.retry();
  await vi.waitFor(() => expect(state.get().loaded).toBe(true));
  expect(state.get().problem).toBeNull();
  expect(state.get().alerts).toHaveLength(1);
  client.stop();
});
