import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Alert, Gap } from "@/shared/api/types";
import { makeAlert } from "@/testing/alerts";

import { RealtimeClient } from "./client";

/** A server that speaks the contract: a durable list of decisions, bars, and a stream that dies. */
class FakeCoach {
  readonly alerts: Alert[] = [];
  readonly bars = new Map<number, number>();
  readonly gaps: Gap[] = [];
  readonly cursors: (string | null)[] = [];
  refuse = 0;
  private lines: ServerResponse[] = [];
  private offset = 0;
  private server: Server | null = null;
  base = "";

  async start(): Promise<void> {
    const server = createServer((request, response) => this.answer(request, response));
    this.server = server;
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    this.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.dropLines();
    this.server?.closeAllConnections();
    await new Promise((done) => this.server?.close(done));
  }

  get streams(): number {
    return this.lines.length;
  }

  dropLines(): void {
    for (const line of this.lines) line.destroy();
    this.lines = [];
  }

  commit(n: number): Alert {
    const made = alert(n);
    this.alerts.push(made);
    return made;
  }

  send(name: string, data: unknown): void {
    this.offset += 1;
    for (const line of this.lines) {
      line.write(`id: e-${this.offset}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    }
  }

  sendAlert(made: Alert): void {
    this.send(made.delivered ? "alert" : "suppressed", { ...made, prevN: made.n - 1 });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", this.base);
    if (url.pathname === "/api/stream") {
      this.openLine(request, response);
      return;
    }
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(this.body(url)));
  }

  private openLine(request: IncomingMessage, response: ServerResponse): void {
    this.cursors.push((request.headers["last-event-id"] as string | undefined) ?? null);
    if (this.refuse > 0) {
      this.refuse -= 1;
      response.writeHead(502).end("bad gateway");
      return;
    }
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(": hello\n\n");
    this.lines.push(response);
  }

  private body(url: URL): unknown {
    if (url.pathname === "/api/alerts") {
      const after = Number(url.searchParams.get("afterN") ?? 0);
      const found = this.alerts.filter((item) => item.n > after).reverse();
      return { next: null, previous: null, results: found };
    }
    if (url.pathname === "/api/bars") {
      const from = Number(url.searchParams.get("from"));
      const rows = [...this.bars].map(([seq, close]) => [seq * 60_000, close, close, close, close, 1]);
      return {
        symbol: "SPY",
        timeframe: "1m",
        columns: ["ts", "open", "high", "low", "close", "volume"],
        bars: rows.filter(([ts]) => (ts ?? 0) >= from),
        gaps: this.gaps.filter((gap) => gap.toSeq * 60_000 >= from),
      };
    }
    return { serverRecvTs: Date.now(), serverSendTs: Date.now() };
  }
}

function alert(n: number): Alert {
  return makeAlert({ n, delivered: n % 3 !== 0 });
}

const coach = new FakeCoach();
let client: RealtimeClient;
const realFetch = globalThis.fetch;

function shown(): number[] {
  return client.alerts.state.get().alerts.map((item) => item.n).sort((a, b) => a - b);
}

beforeEach(async () => {
  coach.alerts.length = 0;
  coach.bars.clear();
  coach.gaps.length = 0;
  coach.cursors.length = 0;
  await coach.start();
  vi.stubGlobal("fetch", (input: string, init?: RequestInit) => realFetch(coach.base + input, init));
});
afterEach(async () => {
  client.stop();
  await coach.stop();
  vi.unstubAllGlobals();
});

async function connected(): Promise<void> {
  client = new RealtimeClient("u1");
  client.setSymbols(["SPY"]);
  await vi.waitFor(() => {
    expect(coach.streams).toBe(1);
    expect(client.alerts.state.get().loaded).toBe(true);
  });
}

describe("realtime client", () => {
  it("shows the database's decisions, each once, though frames repeat and go missing", async () => {
    for (const n of [1, 2, 3]) coach.commit(n);
    await connected();
    const seen: number[] = [];
    client.on("decision", (item) => seen.push(item.n));
    coach.sendAlert(coach.commit(4));
    coach.sendAlert(alert(4));
    coach.sendAlert(alert(2));
    coach.commit(5); // its frame is lost
    coach.commit(6);
    coach.sendAlert(coach.commit(7));
    await vi.waitFor(() => expect(shown()).toEqual([1, 2, 3, 4, 5, 6, 7]));
    expect(seen.sort()).toEqual([4, 5, 6, 7]);
    expect([...client.alerts.state.get().late].sort()).toEqual([5, 6]);
  });

  it("resumes after its cursor when the line breaks and outlives a 502", async () => {
    await connected();
    coach.sendAlert(coach.commit(1));
    await vi.waitFor(() => expect(shown()).toEqual([1]));
    coach.refuse = 1;
    coach.dropLines();
    await vi.waitFor(() => expect(client.status.get().lostAt).not.toBeNull());
    coach.commit(2);
    await vi.waitFor(() => expect(coach.streams).toBe(1), { timeout: 8000 });
    expect(coach.cursors.at(-1)).toMatch(/^e-\d+$/);
    coach.sendAlert(coach.commit(3));
    await vi.waitFor(() => expect(shown()).toEqual([1, 2, 3]));
    expect(client.status.get().reconnects).toBeGreaterThanOrEqual(1);
    expect(client.status.get().lostAt).toBeNull();
  });

  it("reads everything afresh after a reset", async () => {
    coach.commit(1);
    await connected();
    for (const n of [2, 3]) coach.commit(n);
    coach.send("reset", {});
    await vi.waitFor(() => expect(shown()).toEqual([1, 2, 3]));
  });

  it("counts a decision outside its symbols by number alone", async () => {
    coach.commit(1);
    await connected();
    coach.send("alert", { n: 2, prevN: 1 });
    coach.sendAlert({ ...coach.commit(3) });
    await vi.waitFor(() => expect(client.alerts.contiguous).toBe(3));
    expect(shown()).toEqual([1, 3]);
  });

  it("fills a hole in the bars from the database", async () => {
    for (const seq of [10, 11]) coach.bars.set(seq, seq);
    await connected();
    await client.loadBars("SPY", 0);
    for (const seq of [12, 13]) coach.bars.set(seq, seq);
    const bar = { symbol: "SPY", timeframe: "1m", o: 13, h: 13, l: 13, c: 13, v: 1 };
    coach.send("bar", { ...bar, seq: 13, ts: 13 * 60_000, prevSeq: 12 });
    await vi.waitFor(() => {
      expect(client.market.get("SPY").bars.map((item) => item.seq)).toEqual([10, 11, 12, 13]);
    });
  });

  it("asks what became of the minutes that bars skip, also of those skipped while it asks", async () => {
    for (const seq of [10, 11]) coach.bars.set(seq, seq);
    await connected();
    await client.loadBars("SPY", 0);
    const bar = { symbol: "SPY", timeframe: "1m", o: 1, h: 1, l: 1, c: 1, v: 1 };
    const lost: Gap = { fromSeq: 12, toSeq: 14, reason: "feed_gap" };
    const quiet: Gap = { fromSeq: 16, toSeq: 17, reason: "quiet" };
    coach.bars.set(15, 1);
    coach.gaps.push(lost);
    coach.send("bar", { ...bar, seq: 15, ts: 15 * 60_000, prevSeq: 11 });
    coach.bars.set(18, 1);
    coach.gaps.push(quiet);
    coach.send("bar", { ...bar, seq: 18, ts: 18 * 60_000, prevSeq: 15 });
    await vi.waitFor(() => expect(client.market.get("SPY").gaps).toEqual([lost, quiet]));
  });

  it("knows the entry at the next bar's first trade, not at its close", async () => {
    await connected();
    const levels = { ...alert(1).levels, entryState: "provisional" as const };
    coach.sendAlert({ ...coach.commit(1), levels, outcome: { ...alert(1).outcome, state: "pending" } });
    const second = { symbol: "SPY", timeframe: "1s", h: 101, l: 99, c: 99, v: 1 };
    coach.send("microbar", { ...second, o: 100.25, seq: 120, ts: 120_000 });
    coach.send("microbar", { ...second, o: 99, seq: 121, ts: 121_000 });
    await vi.waitFor(() => {
      expect(client.alerts.find("s1")?.levels).toMatchObject({ entry: 100.25, entryState: "filled", stop: 99.25 });
    });
  });

  it("names a frame that it cannot read, and goes on", async () => {
    await connected();
    const problems: string[] = [];
    client.on("problem", (error) => problems.push(error.message));
    coach.send("bar", { symbol: "SPY", timeframe: "1m", seq: "x" });
    coach.sendAlert(coach.commit(1));
    await vi.waitFor(() => expect(shown()).toEqual([1]));
    expect(problems).toEqual(["seq is not a number"]);
  });

  it("keeps its stream when what shows the market fails", async () => {
    await connected();
    const problems: string[] = [];
    client.on("problem", (error) => problems.push(error.message));
    client.market.subscribe("SPY", () => {
      throw new Error("cannot be drawn");
    });
    client.on("decision", () => {
      throw new Error("cannot be sounded");
    });
    const bar = { symbol: "SPY", timeframe: "1m", o: 13, h: 13, l: 13, c: 13, v: 1 };
    coach.send("bar", { ...bar, seq: 13, ts: 13 * 60_000, prevSeq: 12 });
    coach.sendAlert(coach.commit(1));
    coach.sendAlert(coach.commit(2));
    await vi.waitFor(() => expect(shown()).toEqual([1, 2]));
    expect(client.market.get("SPY").bars.map((item) => item.seq)).toEqual([13]);
    expect(problems).toEqual(["cannot be drawn", "cannot be sounded", "cannot be sounded"]);
    expect(coach.cursors).toEqual([null]);
    expect(client.status.get().reconnects).toBe(0);
  });
});
