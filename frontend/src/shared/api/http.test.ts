import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ApiError, isFinal, OfflineError, request } from "./http";

const fetchMock = vi.fn<typeof fetch>();

beforeEach(() => {
  vi.stubGlobal("fetch", fetchMock);
  document.cookie = "csrftoken=abc%3D";
});
afterEach(() => {
  vi.unstubAllGlobals();
  fetchMock.mockReset();
});

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
}

describe("request", () => {
  it("sends the CSRF token with writes only", async () => {
    fetchMock.mockImplementation(() => Promise.resolve(answer(200, {})));
    await request("GET", "/api/flags");
    await request("POST", "/api/feedback", { body: { label: "good" } });
    const [get, post] = fetchMock.mock.calls.map((call) => call[1]?.headers as Record<string, string>);
    expect(get?.["X-CSRFToken"]).toBeUndefined();
    expect(post?.["X-CSRFToken"]).toBe("abc=");
    expect(post?.["Content-Type"]).toBe("application/json");
  });

  it("leaves undefined query values out", async () => {
    fetchMock.mockResolvedValue(answer(200, []));
    await request("GET", "/api/alerts", { query: { symbol: "SPY", label: undefined, afterN: 0 } });
    expect(fetchMock.mock.calls[0]?.[0]).toBe("/api/alerts?symbol=SPY&afterN=0");
  });

  it("names the field, the request id and when to retry", async () => {
    const body = { type: "validation_error", errors: [{ code: "max", detail: "at most 100", attr: "dailyLossR" }] };
    fetchMock.mockResolvedValue(answer(429, body, { "X-Request-ID": "r-1", "Retry-After": "7" }));
    const error = await request("PUT", "/api/risk/policy", { body: {} }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    const api = error as ApiError;
    expect([api.field("dailyLossR"), api.requestId, api.retryAfterMs]).toEqual(["at most 100", "r-1", 7000]);
    expect(api.message).toBe("dailyLossR: at most 100");
  });

  it("reports an error page of a proxy with its status", async () => {
    fetchMock.mockResolvedValue(new Response("<html>Bad gateway", { status: 502 }));
    await expect(request("GET", "/slo")).rejects.toMatchObject({ status: 502 });
  });

  it("tells a dead network from a refusal", async () => {
    fetchMock.mockRejectedValue(new TypeError("Failed to fetch"));
    const error = await request("GET", "/slo").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(OfflineError);
    expect(isFinal(error)).toBe(false);
    expect(isFinal(new ApiError(404, [], null))).toBe(true);
    expect(isFinal(new ApiError(503, [], null))).toBe(false);
    expect(isFinal(new ApiError(429, [], null))).toBe(false);
  });
});
