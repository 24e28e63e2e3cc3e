/** Sends latency samples in small batches and keeps the clock offset from the echoes. */
import type { RttEcho, RttSample } from "@/shared/api/types";

import { addSample, estimate, sampleOf, type ClockEstimate, type OffsetSample } from "./clockOffset";

export type SampleBody = Omit<RttSample, "sampleId" | "clientSendTs" | "uncertaintyMs" | "hidden"> & {
  hidden?: boolean;
};

/** What waits to be sent; sent again it has the same name, by which the server counts it once. */
interface Waiting {
  sampleId: string;
  body: SampleBody;
}

export interface ReporterOptions {
  send: (samples: RttSample[]) => Promise<RttEcho>;
  onEstimate: (estimate: ClockEstimate) => void;
  /** When the last request left and its answer had come, epoch ms; null if nobody knows. */
  timing?: () => { send: number; receive: number } | null;
  now?: () => number;
}

const BATCH = 50;
/** Painted candles a batch: the server takes 50 samples a second of a user, who may have ten windows in sight. */
const WICKS = 8;
/** A page that the machine starved for longer: the bound says as much, and more would be refused. */
const LONGEST = { rttMs: 60_000, uncertaintyMs: 60_000, gapFillMs: 600_000 };
const FLUSH_MS = 2_000;
const PING_MS = 15_000;
const QUEUE = 200;

/** This clock in epoch ms, monotonic and finer than a millisecond. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * The browser's own times of the newest request to a path. A page that is busy painting notices an
 * answer late; the network did not.
 */
export function resourceTiming(path: string): { send: number; receive: number } | null {
  const entries = performance.getEntriesByName(new URL(path, window.location.origin).href, "resource");
  const last = entries.at(-1) as PerformanceResourceTiming | undefined;
  performance.clearResourceTimings(); // the buffer is small, and full ones record nothing
  if (last === undefined || last.requestStart <= 0 || last.responseEnd <= 0) return null;
  return {
    send: performance.timeOrigin + last.requestStart,
    receive: performance.timeOrigin + last.responseEnd,
  };
}

/** All that is rare, and of the painted candles as many as are sent, whichever they are. */
function thinned(waiting: readonly Waiting[]): Waiting[] {
  const kept = new Set(waiting.filter(({ body }) => body.tickToWickMs === undefined));
  const wicks = waiting.filter((each) => !kept.has(each));
  while (wicks.length > WICKS) wicks.splice(Math.floor(Math.random() * wicks.length), 1);
  for (const wick of wicks) kept.add(wick);
  return waiting.filter((each) => kept.has(each));
}

export class RttReporter {
  private queue: Waiting[] = [];
  private samples: OffsetSample[] = [];
  private timer: ReturnType<typeof setInterval> | null = null;
  private lastSentAt = 0;
  /** The newest round trip that was not reported yet. */
  private unreportedRtt: number | null = null;
  private counter = 0;
  private busy = false;
  private readonly session = crypto.randomUUID();
  private readonly now: () => number;
  dropped = 0;

  constructor(private readonly options: ReporterOptions) {
    this.now = options.now ?? preciseNow;
  }

  start(): void {
    void this.flush();
    this.timer ??= setInterval(() => this.tick(), FLUSH_MS);
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  get clock(): ClockEstimate | null {
    return estimate(this.samples);
  }

  add(measured: SampleBody): void {
    const { gapFillMs } = measured;
    const body = typeof gapFillMs === "number" ? { ...measured, gapFillMs: Math.min(LONGEST.gapFillMs, gapFillMs) } : measured;
    if (this.queue.length >= QUEUE) {
      this.queue.shift();
      this.dropped += 1;
    }
    this.queue.push({ sampleId: this.name(), body });
  }

  private tick(): void {
    // A few pings first, so that the offset is known before the first wick is judged.
    const due = this.samples.length < 4 || this.now() - this.lastSentAt >= PING_MS;
    if (this.queue.length > 0 || due) void this.flush();
  }

  /** Sends one batch; without samples a bare ping, whose echo still measures the way. */
  async flush(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.queue = thinned(this.queue);
    const batch = this.queue.splice(0, BATCH);
    const clientSend = this.now();
    try {
      const echo = await this.options.send(this.stamp(batch, clientSend));
      const { send, receive } = this.options.timing?.() ?? { send: clientSend, receive: this.now() };
      const sample = sampleOf({
        clientSend: send,
        serverReceive: echo.serverRecvTs,
        serverSend: echo.serverSendTs,
        clientReceive: receive,
      });
      this.samples = addSample(this.samples, sample);
      this.unreportedRtt = sample.rtt;
      const clock = estimate(this.samples);
      if (clock) this.options.onEstimate(clock);
    } catch {
      // A line that was lost can be told of only when it is there again. Latency is worth no retry.
      const lost = batch.filter(({ body }) => body.reconnect === true);
      this.queue.unshift(...lost);
      this.dropped += batch.length - lost.length; // the count stays honest
    } finally {
      this.lastSentAt = this.now();
      this.busy = false;
    }
  }

  private name(): string {
    this.counter += 1;
    return `${this.session}-${this.counter}`;
  }

  private stamp(batch: readonly Waiting[], clientSend: number): RttSample[] {
    const uncertaintyMs = Math.min(LONGEST.uncertaintyMs, this.clock?.uncertainty ?? 0);
    const hidden = document.hidden;
    const list: readonly Waiting[] = batch.length > 0 ? batch : [{ sampleId: this.name(), body: {} }];
    const rtt = this.unreportedRtt === null ? {} : { rttMs: Math.min(LONGEST.rttMs, this.unreportedRtt) };
    this.unreportedRtt = null;
    return list.map(({ sampleId, body }, index) => {
      const first = index === 0 ? rtt : {};
      return { hidden, ...first, ...body, sampleId, clientSendTs: clientSend, uncertaintyMs };
    });
  }
}
