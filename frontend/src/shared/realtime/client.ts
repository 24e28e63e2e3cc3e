/**
 * The live side of the client: one stream a browser, exactly-once application, holes read from the
 * database. Promise: whatever dies, the alerts on screen end up equal to the database's.
 */
import { alertsAfter, api, RTT_PATH } from "@/shared/api/endpoints";
import { isFinal } from "@/shared/api/http";
import type { Alert, RuleMetrics } from "@/shared/api/types";
import { asError } from "@/shared/lib/errors";
import { TIMEFRAME_MS, type Timeframe } from "@/shared/lib/format";
import { createStore, type Store } from "@/shared/lib/store";

import { AlertStore } from "./alertStore";
import { backoffMs } from "./backoff";
import { BarReads, type Behind } from "./barReads";
import { rowsToBars } from "./barSeries";
import type { ClockEstimate } from "./clockOffset";
import { StreamConnection, type Phase } from "./connection";
import { decode, type AlertFrame, type HelloFrame, type MarketFrame, type RunFrame, type StreamEvent } from "./events";
import { MarketStore } from "./marketStore";
import { pause } from "./pause";
import { begin, catchingUp, count, type Recovery } from "./recovery";
import { resourceTiming, RttReporter } from "./rttReporter";
import type { SseEvent } from "./sse";
import { Tabs, type TabMessage } from "./tabs";

export interface StreamStatus {
  phase: Phase;
  /** When the line was lost, by this clock; null while it is there. */
  lostAt: number | null;
  leader: boolean;
  reconnects: number;
  recovery: Recovery | null;
}

export interface RealtimeListeners {
  /** A decision seen for the first time; `late` ones stay silent. */
  decision: (alert: Alert, late: boolean) => void;
  metrics: (metrics: RuleMetrics) => void;
  run: (run: RunFrame) => void;
  revision: (frame: MarketFrame) => void;
  note: (topic: string, body: unknown) => void;
  problem: (error: Error) => void;
}

type Topic = keyof RealtimeListeners;

const TIMEFRAME: Timeframe = "1m";
const LATE_BARS = 1.5;

export class RealtimeClient {
  readonly market = new MarketStore((error) => this.emit("problem", error), TIMEFRAME);
  readonly alerts = new AlertStore();
  readonly status: Store<StreamStatus> = createStore<StreamStatus>({
    phase: "connecting",
    lostAt: null,
    leader: false,
    reconnects: 0,
    recovery: null,
  });
  readonly clock: Store<ClockEstimate | null> = createStore<ClockEstimate | null>(null);
  readonly reporter: RttReporter;
  /** When the last bar or microbar came, by this clock. */
  lastMarketAt: number | null = null;
  /** When the feed last showed the server that it lives, by this clock; a quiet market brings no bars. */
  private heardAt: number | null = null;

  private readonly tabs: Tabs;
  private readonly ended = new AbortController();
  private readonly listeners: { [K in Topic]: Set<RealtimeListeners[K]> } = {
    decision: new Set(),
    metrics: new Set(),
    run: new Set(),
    revision: new Set(),
    note: new Set(),
    problem: new Set(),
  };
  private connection: StreamConnection | null = null;
  /** null until the watchlist is known: the stream opens with it. */
  private symbols: readonly string[] | null = null;
  private cursor: string | null = null;
  private lastHello: SseEvent | null = null;
  private readonly reads = new BarReads((symbol, behind) => this.readBehind(symbol, behind));
  private fillingAlerts = false;
  /** Ends the wait before the next attempt. */
  private hurry = new AbortController();

  constructor(userId: string) {
    this.reporter = new RttReporter({
      send: (samples) => api.rtt(samples),
      timing: () => resourceTiming(RTT_PATH),
      onEstimate: (estimate) => this.clock.set(estimate),
    });
    this.tabs = new Tabs(`coach-stream-${userId}`, {
      lead: () => this.lead(),
      message: (message) => this.onTab(message),
    });
    this.reporter.start();
    void this.loadAlerts();
  }

  stop(): void {
    this.ended.abort();
    this.connection?.stop();
    this.tabs.close();
    this.reporter.stop();
  }

  on<K extends Topic>(topic: K, listener: RealtimeListeners[K]): () => void {
    this.listeners[topic].add(listener);
    return () => this.listeners[topic].delete(listener);
  }

  /** The server has told how old the feed's last sign of life is. */
  heard(ageMs: number): void {
    this.heardAt = Math.max(this.heardAt ?? Number.NEGATIVE_INFINITY, performance.now() - ageMs);
  }

  /** When the feed last lived, by this clock. Without the stream only what it brought counts. */
  get fedAt(): number | null {
    if (this.heardAt === null || this.status.get().lostAt !== null) return this.lastMarketAt;
    return Math.max(this.heardAt, this.lastMarketAt ?? Number.NEGATIVE_INFINITY);
  }

  /** Tells the other tabs of a change that was made here. */
  tell(topic: string, body: unknown): void {
    this.tabs.send({ type: "note", topic, body });
  }

  /** The stream carries these symbols' bars; a change opens it again where it left off. */
  setSymbols(symbols: readonly string[]): void {
    if (symbols.join() === this.symbols?.join()) return;
    this.symbols = symbols;
    if (this.status.get().leader) this.open();
  }

  /** Reads a symbol's bars from a moment on; live bars only add. */
  async loadBars(symbol: string, from: number): Promise<void> {
    const response = await api.bars({ symbol, timeframe: TIMEFRAME, from }, this.ended.signal);
    this.market.load(symbol, rowsToBars(response, TIMEFRAME_MS[TIMEFRAME]), response.gaps);
  }

  private emit<K extends Topic>(topic: K, ...args: Parameters<RealtimeListeners[K]>): void {
    for (const listener of [...this.listeners[topic]]) {
      (listener as (...values: Parameters<RealtimeListeners[K]>) => void)(...args);
    }
  }

  // --- tabs -------------------------------------------------------------------------------------

  private lead(): void {
    if (this.ended.signal.aborted) return;
    this.status.set((old) => ({ ...old, leader: true }));
    this.open();
  }

  private open(): void {
    if (this.symbols === null) return;
    this.connection?.stop();
    this.market.unfollow();
    const query = this.symbols.length > 0 ? `?symbols=${this.symbols.map(encodeURIComponent).join(",")}` : "";
    this.connection = new StreamConnection({
      url: `/api/stream${query}`,
      lastEventId: this.cursor,
      handlers: {
        event: (event) => {
          this.tabs.send({ type: "event", event });
          this.onEvent(event);
        },
        phase: (phase) => {
          this.tabs.send({ type: "phase", phase });
          this.onPhase(phase);
        },
        reconnect: () => {
          this.status.set((old) => ({ ...old, reconnects: old.reconnects + 1 }));
          this.reporter.add({ reconnect: true });
        },
        alive: () => undefined,
      },
    });
  }

  private onTab(message: TabMessage): void {
    switch (message.type) {
      case "event":
        this.onEvent(message.event);
        return;
      case "phase":
        this.onPhase(message.phase);
        return;
      case "note":
        this.emit("note", message.topic, message.body);
        return;
      case "ask":
        if (this.connection) {
          this.tabs.send({ type: "phase", phase: this.status.get().phase });
          if (this.lastHello) this.tabs.send({ type: "event", event: this.lastHello });
        }
    }
  }

  private onPhase(phase: Phase): void {
    const now = performance.now();
    if (phase !== "open") this.market.unfollow();
    this.status.set((old) => {
      const lost = phase === "lost" ? (old.lostAt ?? now) : phase === "open" ? null : old.lostAt;
      const back = phase === "open" && old.lostAt !== null;
      return { ...old, phase, lostAt: lost, recovery: back ? begin(now) : old.recovery };
    });
  }

  // --- events -----------------------------------------------------------------------------------

  private onEvent(raw: SseEvent): void {
    if (raw.id !== null) this.cursor = raw.id;
    try {
      const event = decode(raw.name, raw.data);
      if (event !== null) this.dispatch(event, raw);
    } catch (error) {
      // A frame that cannot be read or shown costs itself, not the stream; bars and alerts behind
      // it show up as a hole and are read from the database.
      this.emit("problem", asError(error));
    }
  }

  private dispatch(event: StreamEvent, raw: SseEvent): void {
    switch (event.kind) {
      case "microbar":
      case "bar":
      case "revision":
        this.onMarket(event);
        return;
      case "alert":
      case "suppressed":
        this.onDecision(event);
        return;
      case "outcome":
        this.alerts.outcome(event.alert);
        return;
      case "hello":
        this.onHello(event, this.lastHello === null);
        this.lastHello = raw;
        return;
      case "reset":
        this.onReset();
        return;
      case "metrics":
        this.emit("metrics", event.metrics);
        return;
      case "run":
        this.emit("run", event);
    }
  }

  private onHello(hello: HelloFrame, first: boolean): void {
    this.connection?.tune(hello.heartbeatMs);
    for (const [symbol, head] of Object.entries(hello.heads)) {
      const last = this.market.get(symbol).bars.at(-1);
      // The first connection replays nothing: what lies between here and the head is a hole.
      if (first && last !== undefined && head > last.seq) void this.reads.ask(symbol, { afterSeq: last.seq, hole: true });
    }
  }

  private onMarket(frame: MarketFrame): void {
    this.lastMarketAt = performance.now();
    const before = this.market.get(frame.symbol).bars.at(-1)?.seq ?? frame.bar.seq;
    const verdict = this.market.apply(frame, this.lastMarketAt);
    const { opened } = this.market.get(frame.symbol);
    if (opened !== null) this.alerts.opened(frame.symbol, opened);
    if (frame.kind === "revision") this.emit("revision", frame);
    if (frame.kind !== "bar" || frame.timeframe !== TIMEFRAME) return;
    if (verdict?.kind === "duplicate") return;
    this.recovered({ bars: 1 });
    // Minutes between two bars may be quiet, lost or closed: the server knows which.
    const skips = frame.bar.seq - before > 1;
    if (skips) void this.reads.ask(frame.symbol, { afterSeq: before, hole: verdict?.kind === "hole" });
  }

  private onDecision(frame: AlertFrame): void {
    const late = frame.alert !== null && this.isLate(frame.alert);
    const { fresh, hole } = this.alerts.receive(frame, late);
    if (fresh && frame.alert !== null) {
      this.recovered({ alerts: 1 });
      this.emit("decision", frame.alert, late);
    }
    if (hole) void this.fillAlerts();
  }

  private isLate(alert: Alert): boolean {
    const now = this.market.marketNow;
    const bar = TIMEFRAME_MS[alert.timeframe];
    return now !== null && now - (alert.ts + bar) > LATE_BARS * bar;
  }

  private onReset(): void {
    this.market.unfollow();
    for (const symbol of this.market.symbols()) {
      const last = this.market.get(symbol).bars.at(-1);
      if (last !== undefined) void this.reads.ask(symbol, { afterSeq: last.seq, hole: true });
    }
    void this.fillAlerts(true);
    void this.renewOutcomes();
  }

  /** Outcomes that became known while nobody told: those of the newest page, which still run. */
  private async renewOutcomes(): Promise<void> {
    const page = await this.untilDone(() => api.alerts({}, this.ended.signal));
    if (page !== null) this.alerts.refresh(page.results);
  }

  private recovered(what: { bars?: number; alerts?: number }, always = false): void {
    const now = performance.now();
    const { recovery } = this.status.get();
    if (recovery === null || (!always && !catchingUp(recovery, now))) return;
    this.status.set((old) => ({ ...old, recovery: count(recovery, what, now) }));
  }

  // --- reading the database -----------------------------------------------------------------------

  /** Somebody asks for it: what failed is tried again now. */
  retry(): void {
    this.hurry.abort();
    this.hurry = new AbortController();
  }

  private async loadAlerts(): Promise<void> {
    const page = await this.untilDone(() => api.alerts({}, this.ended.signal), (problem) => this.alerts.failed(problem));
    if (page === null) return;
    this.alerts.snapshot(page.results);
    if (this.alerts.hasHole) await this.fillAlerts();
  }

  /** Reads everything above the contiguous number until no hole is left. */
  private async fillAlerts(always = false): Promise<void> {
    if (this.fillingAlerts || this.alerts.contiguous === null) return;
    this.fillingAlerts = true;
    const started = performance.now();
    let added = 0;
    let attempt = 0;
    let again = always || this.alerts.hasHole;
    while (again && !this.ended.signal.aborted) {
      const from = this.alerts.contiguous;
      const found = await this.untilDone(() => alertsAfter(from, this.ended.signal));
      if (found === null) break;
      const fresh = found.filter((alert) => this.alerts.find(alert.signalId) === undefined);
      added += this.alerts.fill(found);
      for (const alert of fresh) this.emit("decision", alert, true);
      again = this.alerts.hasHole;
      attempt += 1;
      if (again) await pause(backoffMs(attempt, Math.random), this.ended.signal);
    }
    this.fillingAlerts = false;
    this.reporter.add({ gapFillMs: performance.now() - started });
    this.recovered({ alerts: added }, true);
  }

  /** False when no further read has a chance: the client stops, or the server refuses for good. */
  private async readBehind(symbol: string, { afterSeq, hole }: Behind): Promise<boolean> {
    const started = performance.now();
    const size = TIMEFRAME_MS[TIMEFRAME];
    const response = await this.untilDone(() =>
      api.bars({ symbol, timeframe: TIMEFRAME, from: afterSeq * size }, this.ended.signal),
    );
    if (response === null) return false;
    const added = this.market.load(symbol, rowsToBars(response, size), response.gaps);
    if (hole) {
      this.reporter.add({ gapFillMs: performance.now() - started });
      this.recovered({ bars: added }, true);
    }
    return true;
  }

  /** Asks until there is an answer; null when the client stops or the server refuses for good. */
  private async untilDone<T>(ask: () => Promise<T>, failed?: (error: Error) => void): Promise<T | null> {
    for (let attempt = 1; !this.isEnded(); attempt += 1) {
      try {
        return await ask();
      } catch (error) {
        if (this.isEnded()) return null;
        failed?.(asError(error));
        if (isFinal(error)) {
          this.emit("problem", error as Error);
          return null;
        }
        await pause(backoffMs(attempt, Math.random), this.ended.signal, this.hurry.signal);
      }
    }
    return null;
  }

  private isEnded(): boolean {
    return this.ended.signal.aborted;
  }
}
