import { describe, expect, it, vi } from "vitest";

import { dateRange, exchangeDateKey, exchangeDay, exchangeTime, otherZones, sessionDay, sessionRange, timeOfDay, weekdayTime } from "./marketTime";

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

  it("tells a date once, however often and in whatever order it is asked for", () => {
    const format = vi.spyOn(Intl.DateTimeFormat.prototype, "formatToParts");
    const days = Array.from({ length: 20 }, (_, day) => Date.UTC(2014, 2, 3 + day, 15));
    const first = days.map((day) => exchangeDateKey(day, "XNYS"));
    expect(format).toHaveBeenCalledTimes(days.length);
    expect(days.map((day) => exchangeDateKey(day + 60_000, "XNYS"))).toEqual(first);
    expect(format).toHaveBeenCalledTimes(days.length);
  });

  it("writes a date in one way, and a range with its year once", () => {
    expect(exchangeDay(SUMMER, "XNYS")).toBe("Oct 07, 2013");
    expect(sessionDay("2013-10-07")).toBe("Oct 07, 2013");
    expect(dateRange(SUMMER, Date.UTC(2013, 9, 11, 20), "XNYS")).toBe("Oct 07 – Oct 11, 2013");
    expect(dateRange(Date.UTC(2012, 11, 31, 14, 30), Date.UTC(2013, 0, 3), "24/7")).toBe("Dec 31, 2012 – Jan 02, 2013");
    expect(sessionRange("2013-10-07", "2013-10-07")).toBe("Oct 07, 2013");
    expect(sessionRange("2013-10-07", "2013-10-08")).toBe("Oct 07 – Oct 08, 2013");
  });

  it("offers the local and UTC reading for a hover", () => {
    expect(otherZones(SUMMER)).toMatch(/^local .+ · UTC .+13:42:17$/);
  });
});
