import { describe, expect, it } from "vitest";

import { feedHealth, latencyHealth, reconnectHealth, worst } from "./health";

describe("latency chips", () => {
  it.each([
    [0, "good"],
    [119.9, "good"],
    [120, "fair"],
    [179.9, "fair"],
    [180, "poor"],
    [null, "unknown"],
    [Number.NaN, "unknown"],
  ])("%s ms is %s", (ms, health) => {
    expect(latencyHealth(ms)).toBe(health);
  });

  it.each([
    [0, "good"],
    [1, "fair"],
    [2, "fair"],
    [3, "poor"],
    [undefined, "unknown"],
  ])("%s reconnects an hour are %s", (count, health) => {
    expect(reconnectHealth(count)).toBe(health);
  });

  it.each([
    [3000, true, "good"],
    [3001, true, "fair"],
    [10_000, true, "fair"],
    [10_001, true, "poor"],
    [10_001, false, "unknown"],
    [null, true, "unknown"],
  ])("a feed age of %s ms, in session %s, is %s", (age, inSession, health) => {
    expect(feedHealth(age, inSession)).toBe(health);
  });

  it("finds the worst for a phone", () => {
    const chips = [
      { name: "RTT", health: "good" as const },
      { name: "Feed", health: "poor" as const },
      { name: "Wick", health: "unknown" as const },
    ];
    expect(worst(chips)?.name).toBe("Feed");
    expect(worst<(typeof chips)[number]>([])).toBeUndefined();
  });
});
