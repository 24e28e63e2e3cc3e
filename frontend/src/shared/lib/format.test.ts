import { describe, expect, it } from "vitest";

import * as f from "./format";

describe("prices", () => {
  it.each([
    [0.01, 2],
    [0.25, 2],
    [1, 0],
    [0.5, 1],
    [0.00000001, 8],
    [10, 0],
    [0, 2],
    [Number.NaN, 2],
  ])("a tick of %d needs %d decimals", (tick, digits) => {
    expect(f.tickDecimals(tick)).toBe(digits);
  });

  it("keeps trailing zeros and writes null as an en dash", () => {
    expect(f.price(512.3, 0.01)).toBe("512.30");
    expect(f.price(0, 0.01)).toBe("0.00");
    expect(f.price(null, 0.01)).toBe("–");
    expect(f.price(Number.NaN, 0.01)).toBe("–");
  });
});

describe("R", () => {
  it("is signed with two decimals and U+2212", () => {
    expect(f.r(0.22)).toBe("+0.22R");
    expect(f.r(-1.05)).toBe("\u22121.05R");
    expect(f.r(0)).toBe("0.00R");
    expect(f.r(-0.001)).toBe("0.00R");
    expect(f.r(null)).toBe("–");
  });
});

describe("confidence and gates", () => {
  it("have no percent sign", () => {
    expect(f.confidence(0.843)).toBe("84");
    expect(f.gate(0.6129)).toBe("61.3");
    expect(f.gate(undefined)).toBe("–");
  });
});

describe("rates", () => {
  it("show interval and n", () => {
    expect(f.rate(0.58, 0.43, 0.72, 41)).toBe("58 % (43–72, n 41)");
  });
  it("say too few below twenty", () => {
    expect(f.rate(0.6, 0.3866, 0.7812, 12)).toBe("too few (n 12)");
    expect(f.expectancy(0.2, 19)).toBe("too few (n 19)");
    expect(f.expectancy(0.2, 20)).toBe("+0.20R (n 20)");
  });
  it("print null as a dash, not as zero", () => {
    expect(f.rate(null, null, null, 0)).toBe("–");
    expect(f.rate(null, null, null, 40)).toBe("–");
    expect(f.expectancy(null, 0)).toBe("–");
  });
});

describe("times", () => {
  it("print ages in bars and clock", () => {
    expect(f.age(107_000, "1m")).toBe("1 bar · 1:47");
    expect(f.age(47_000, "1m")).toBe("0 bars · 0:47");
    expect(f.age(600_000, "5m")).toBe("2 bars · 10:00");
    expect(f.age(null, "1m")).toBe("–");
  });
  it("print countdowns", () => {
    expect(f.countdown(51_730_000)).toBe("14:22:10");
    expect(f.countdown(2 * 86_400_000 + 1000)).toBe("2 d 00:00:01");
    expect(f.clock(3_723_000)).toBe("1:02:03");
    expect([f.clock(993_600), f.duration(993.6)]).toEqual(["16:33", "16:34"]);
  });
  it("print ago and latency with units", () => {
    expect(f.ago(12_400)).toBe("12 s");
    expect(f.ago(180)).toBe("180 ms");
    expect(f.latency(34.4)).toBe("34 ms");
    expect(f.latency(1234)).toBe("1.2 s");
    expect(f.latency(null)).toBe("–");
  });
});

describe("shares", () => {
  it("have Wilson's bounds and n, below 20 cases the count alone", () => {
    expect(f.share(38, 102)).toBe("37 % (28–47, n 102)");
    expect(f.share(0, 20)).toBe("0 % (0–16, n 20)");
    expect(f.share(2, 3)).toBe("too few (n 3)");
    expect(f.share(0, 0)).toBe("–");
  });
});

describe("volumes", () => {
  it("are short", () => {
    expect(f.volume(12_345)).toBe("12.3 k");
    expect(f.volume(4_560_000)).toBe("4.56 M");
    expect(f.volume(1.13872)).toBe("1.139");
    expect(f.volume(300)).toBe("300");
  });
});
