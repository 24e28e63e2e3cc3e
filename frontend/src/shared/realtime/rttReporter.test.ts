import { describe, expect, it } from "vitest";

import type { RttSample } from "@/shared/api/types";

import type { ClockEstimate } from "./clockOffset";
import { RttReporter } from "./rttReporter";

function setup(fail = false, tripMs = 20): { reporter: RttReporter; sent: RttSample[][]; estimates: ClockEstimate[] } {
  let now = 1000;
  const sent: RttSample[][] = [];
  const estimates: ClockEstimate[] = [];
  const reporter = new RttReporter({
    now: () => now,
    onEstimate: (estimate) => estimates.push(estimate),
    send: (samples) => {
      sent.push(samples);
      if (fail) return Promise.reject(new Error("down"));
      now += tripMs; // 10 ms each way, the server 500 ms ahead
      return Promise.resolve({ serverRecvTs: now - 10 + 500, serverSendTs: now - 10 + 500 });
    },
  });
  return { reporter, sent, estimates };
}

describe("latency samples", () => {
  it("go out in batches of fifty, each with an id of its own", async () => {
    const { reporter, sent } = setup();
    for (let i = 0; i < 60; i += 1) reporter.add({ gapFillMs: i });
    await reporter.flush();
    await reporter.flush();
    expect(sent.map((batch) => batch.length)).toEqual([50, 10]);
    expect(new Set(sent.flat().map((sample) => sample.sampleId)).size).toBe(60);
  });

  it("measure the clock offset by their echo, and report the round trip with the next batch", async () => {
    const { reporter, sent, estimates } = setup();
    await reporter.flush();
    expect(estimates).toEqual([{ offset: 500, uncertainty: 10, rttNow: 20 }]);
    reporter.add({ gapFillMs: 7 });
    await reporter.flush();
    expect(sent[1]?.[0]).toMatchObject({ rttMs: 20, gapFillMs: 7, uncertaintyMs: 10, hidden: false });
    expect(sent[0]?.[0]?.rttMs).toBeUndefined();
  });

  it("are counted as dropped when nobody answers or the queue is full", async () => {
    const { reporter } = setup(true);
    for (let i = 0; i < 210; i += 1) reporter.add({ gapFillMs: i });
    expect(reporter.dropped).toBe(10);
    await reporter.flush();
    expect(reporter.dropped).toBe(60);
  });

  it("tell of a lost connection once it is there again, under one name", async () => {
    const line = { isThere: false };
    const sent: RttSample[][] = [];
    const reporter = new RttReporter({
      onEstimate: () => undefined,
      send: (samples) => {
        sent.push(samples);
        return line.isThere ? Promise.resolve({ serverRecvTs: 0, serverSendTs: 0 }) : Promise.reject(new Error("down"));
      },
    });
    reporter.add({ reconnect: true });
    reporter.add({ tickToWickMs: 5 });
    await reporter.flush();
    line.isThere = true;
    await reporter.flush();
    await reporter.flush();
    const told = sent.map((batch) => batch.filter((sample) => sample.reconnect === true).map((sample) => sample.sampleId));
    expect(told[0]).toHaveLength(1);
    expect(told).toEqual([told[0], told[0], []]);
    expect(sent[1]).toHaveLength(1);
    expect(reporter.dropped).toBe(1);
  });

  it("name a few painted candles only, and everything else", async () => {
    const { reporter, sent } = setup();
    for (let i = 0; i < 40; i += 1) reporter.add({ tickToWickMs: i });
    reporter.add({ reconnect: true });
    await reporter.flush();
    await reporter.flush();
    expect(sent[0]?.filter((sample) => sample.tickToWickMs !== undefined).length).toBe(8);
    expect(sent[0]?.filter((sample) => sample.reconnect === true).length).toBe(1);
    expect(sent[1]?.[0]?.tickToWickMs).toBeUndefined();
  });

  it("stay within what the server takes when the machine stood still", async () => {
    const { reporter, sent } = setup(false, 300_000);
    reporter.add({ gapFillMs: 900_000 });
    await reporter.flush();
    await reporter.flush();
    expect(sent[0]?.[0]?.gapFillMs).toBe(600_000);
    expect(sent[1]?.[0]).toMatchObject({ rttMs: 60_000, uncertaintyMs: 60_000 });
  });
});
