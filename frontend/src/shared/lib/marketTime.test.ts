import { describe, expect, it } from "vitest";

import { exchangeDateKey, exchangeTime, otherZones, timeOfDay, weekdayTime } from "./marketTime";

// 2013-10-07 13:42:17 UTC, New York on daylight time; 2013-12-02 14:30 UTC on standard time.
const SUMMER = Date.UTC(2013, 9, 7, 13, 42, 17);
const WINTER = Date.UTC(2013, 11, 2, 14, 30, 0);

describe("exchange time", () => {
  it("follows the exchange's zone through daylight saving", () => {
    expect(exchangeTime(SUMMER, "XNYS")).toBe("09:42:17 ET");
    expect(exchangeTime(WINTER, "XNYS")).toBe("09:30:00 ET");
    expect(exchangeTime(SUMMER, "24/7")).toBe("13:42:17 UTC");
  });

  it("prints midnight as 00, not 24", () => {
    expect(timeOfDay(Date.UTC(2013, 9, 7, 0, 0, 0), "24/7")).toBe("00:00:00");
  });

  it("names the weekday of an opening", () => {
    expect(weekdayTime(WINTER, "XNYS")).toBe("Mon 09:30 ET");
  });

  it("groups bars by the exchange's date, not by UTC's", () => {
    const evening = Date.UTC(2013, 9, 8, 1, 0, 0);
    expect(exchangeDateKey(evening, "XNYS")).toBe("2013-10-07");
    expect(exchangeDateKey(evening, "24/7")).toBe("2013-10-08");
  });

  it("offers the local and UTC reading for a hover", () => {
    expect(otherZones(SUMMER)).toMatch(/^local .+ · UTC .+13:42:17$/);
  });
});
