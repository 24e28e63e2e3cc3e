import { describe, expect, it } from "vitest";

import type { SampleBody } from "./rttReporter";
import { WickMeter } from "./wickMeter";

function setup(state: { now: number; offset: number | null; hidden: boolean }): {
  meter: WickMeter;
  samples: SampleBody[];
  paint: () => void;
} {
  const samples: SampleBody[] = [];
  const frames: (() => void)[] = [];
  const meter = new WickMeter({
    report: (sample) => samples.push(sample),
    offset: () => state.offset,
    now: () => state.now,
    frame: (callback) => frames.push(callback),
    hidden: () => state.hidden,
  });
  return { meter, samples, paint: () => frames.splice(0).forEach((callback) => callback()) };
}

describe("tick to wick", () => {
  it("is measured at the painted frame, on the server's clock", () => {
    const state = { now: 1000, offset: 500, hidden: false };
    const { meter, samples, paint } = setup(state);
    meter.drawn(1470, 1465);
    expect(samples).toEqual([]);
    state.now = 1016;
    paint();
    expect(samples).toEqual([{ srvTs: 1470, tickToWickMs: 46, ingestToWickMs: 51, hidden: false }]);
  });

  it("marks hidden tabs, which paint nothing", () => {
    const { meter, samples } = setup({ now: 1000, offset: 0, hidden: true });
    meter.drawn(990, null);
    expect(samples).toEqual([{ srvTs: 990, tickToWickMs: 10, hidden: true }]);
  });

  it("says a minute when the browser froze the page for longer", () => {
    const state = { now: 1000, offset: 0, hidden: false };
    const { meter, samples, paint } = setup(state);
    meter.drawn(990, 980);
    state.now = 400_000;
    paint();
    expect(samples).toEqual([{ srvTs: 990, tickToWickMs: 60_000, ingestToWickMs: 60_000, hidden: false }]);
  });

  it("says nothing before the clock offset is known, and bounds a burst", () => {
    const state = { now: 1000, offset: null as number | null, hidden: false };
    const { meter, samples, paint } = setup(state);
    meter.drawn(990, null);
    paint();
    expect(samples).toEqual([]);
    state.offset = 0;
    for (let i = 0; i < 100; i += 1) meter.drawn(990, null);
    paint();
    expect(samples).toHaveLength(3);
  });
});
