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

  it("keep their own decimals where no tick is known", () => {
    expect(f.price(1.08345, undefined)).toBe("1.08345");
    expect(f.price(580.5, undefined)).toBe("580.50");
    expect(f.price(580, undefined)).toBe("580.00");
  });
});

describe("R", () => {
  it("is signed with two decimals and U+2212", () => {
    expect(f.r(0.22)).toBe("+0.22R");
    expect(f.r(-1.05)).toBe("\u22121.05R");
    expect(f.r(0)).toBe("0.00R");
    expect(f.r(-0.001)).toBe("0.00R");
    expect(f.r(null)).toBe("–");
    expect(f.rAgainst(1.3)).toBe("\u22121.30R");
    expect(f.rAgainst(0)).toBe("0.00R");
    expect(f.rAgainst(null)).toBe("–");
  });
});

describe("changes", () => {
  it("has as many decimals as it takes to tell both sides apart", () => {
    expect(f.change(-0.13, -0.21, f.signedNumber)).toBe("−0.13 → −0.21");
    expect(f.change(-0.0812, -0.0837, f.signedNumber)).toBe("−0.081 → −0.084");
    expect(f.change(0.5, 0.5, f.signedNumber)).toBe("+0.50");
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
    expect(f.rate(0.58, 0.43, 0.72, 41)).toBe("58\u00a0% (43–72,\u00a0n\u00a041)");
  });
  it("say too few below twenty", () => {
    expect(f.rate(0.6, 0.3866, 0.7812, 12)).toBe("too few (n\u00a012)");
    expect(f.expectancy(0.2, 19)).toBe("too few (n\u00a019)");
    expect(f.expectancy(0.2, 20)).toBe("+0.20R (n\u00a020)");
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
    expect(f.share(38, 102)).toBe("37\u00a0% (28–47,\u00a0n\u00a0102)");
    expect(f.share(0, 20)).toBe("0\u00a0% (0–16,\u00a0n\u00a020)");
    expect(f.share(2, 3)).toBe("too few (n\u00a03)");
    expect(f.share(0, 0)).toBe("–");
  });
});

describe("counts", () => {
  it("have a narrow space between thousands, which keeps the line together", () => {
    expect(f.count(7790)).toBe("7\u202f790");
    expect(f.count(-1234567)).toBe("\u22121\u202f234\u202f567");
    expect(f.count(999)).toBe("999");
    expect(f.count(null)).toBe("–");
  });
  it("are written so wherever there is an n", () => {
    expect(f.rate(0.38, 0.36, 0.4, 3681)).toBe("38\u00a0% (36–40,\u00a0n\u00a03\u202f681)");
    expect(f.expectancy(-0.1, 3681)).toBe("\u22120.10R (n\u00a03\u202f681)");
    expect(f.plural(2933, "signal")).toBe("2\u202f933 signals");
    expect(f.volume(9210)).toBe("9\u202f210");
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
