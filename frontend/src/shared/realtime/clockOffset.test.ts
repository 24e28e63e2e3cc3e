import { describe, expect, it } from "vitest";

import { addSample, estimate, sampleOf, type OffsetSample } from "./clockOffset";

describe("clock offset", () => {
  it("is exact for a symmetric way", () => {
    // The server is 500 ms ahead, 10 ms each way, 4 ms of work.
    const sample = sampleOf({ clientSend: 1000, serverReceive: 1510, serverSend: 1514, clientReceive: 1024 });
    expect(sample).toEqual({ offset: 500, rtt: 20, at: 1024 });
  });

  it("trusts the echo with the least round trip", () => {
    const quick = { offset: 500, rtt: 4, at: 1000 };
    const slow = { offset: 540, rtt: 90, at: 2000 };
    expect(estimate(addSample([quick], slow))).toMatchObject({ offset: 500, uncertainty: 2 });
  });

  it("reports the way as it is now, whatever it once was and whatever one echo says", () => {
    const rtts = [1, 80, 82, 900, 81, 79];
    const samples = rtts.map((rtt, index) => ({ offset: 0, rtt, at: index }));
    expect(estimate(samples)?.rttNow).toBe(81);
  });

  it("forgets samples older than five minutes", () => {
    const old: OffsetSample = { offset: 1, rtt: 1, at: 0 };
    const kept = addSample([old], { offset: 2, rtt: 9, at: 300_001 });
    expect(kept).toHaveLength(1);
  });

  it("knows nothing before the first echo", () => {
    expect(estimate([])).toBeNull();
  });
});
