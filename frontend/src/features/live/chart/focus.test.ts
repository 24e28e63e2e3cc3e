import { describe, expect, it } from "vitest";

import { makeAlert } from "@/testing/alerts";

import { focusMark } from "./focus";

const MINUTE = 60_000;

describe("the box of the alert in focus", () => {
  it("is as long as the outcome may take: thirty bars, in bars of the chart", () => {
    expect(focusMark(makeAlert(), MINUTE, [], "1m").bars).toBe(30);
    expect(focusMark(makeAlert(), 0, [], "5m").bars).toBe(6);
  });

  it("ends with the session, not among the next one's candles", () => {
    expect(focusMark(makeAlert({ n: 100 }), 100 * MINUTE, [50 * MINUTE, 112 * MINUTE, 500 * MINUTE], "1m").bars).toBe(12);
  });

  it("is none where nobody entered; its level stays", () => {
    const expired = makeAlert({ outcome: { ...makeAlert().outcome, state: "none" } });
    expect(focusMark(expired, MINUTE, [], "1m")).toMatchObject({ levels: null, level: 99.5 });
    expect(focusMark(makeAlert(), MINUTE, [], "1m").levels).toMatchObject({ entry: 100, stop: 99, target: 101.5 });
  });
});
