/**
 * Bars of a longer timeframe. Closed ones are the server's, indicators included; only the candle that
 * is forming is put together here, from the minutes that the stream has brought.
 */
import { api } from "@/shared/api/endpoints";
import type { Calendar, Timeframe } from "@/shared/api/types";
import { TIMEFRAME_MS } from "@/shared/lib/format";
import { exchangeDateKey } from "@/shared/lib/marketTime";
import { rowsToBars, type FormingBar } from "@/shared/realtime/barSeries";
import type { RealtimeClient } from "@/shared/realtime/client";
import type { Bar } from "@/shared/realtime/events";
import type { MarketChange, SymbolMarket } from "@/shared/realtime/marketStore";

/** What a chart draws: bars and what becomes of them. */
export interface BarSource {
  get: () => SymbolMarket;
  subscribe: (listener: (change: MarketChange) => void) => () => void;
}

export const FRAMES = ["1m", "5m", "15m", "1h"] as const satisfies readonly Timeframe[];
export type Frame = (typeof FRAMES)[number];

const DAY = 86_400_000;
const REACH: Record<Exclude<Frame, "1m">, number> = { "5m": 12 * DAY, "15m": 40 * DAY, "1h": 150 * DAY };
const MINUTE = TIMEFRAME_MS["1m"];

export function minuteSource(client: RealtimeClient, symbol: string): BarSource {
  return {
    get: () => client.market.get(symbol),
    subscribe: (listener) => client.market.subscribe(symbol, listener),
  };
}

/** Start of the bar that a minute belongs to: bars follow each other within a session, from its open. */
export function frameStart(minute: number, last: Pick<Bar, "ts"> | undefined, size: number, calendar: Calendar): number {
  if (last === undefined || exchangeDateKey(last.ts, calendar) !== exchangeDateKey(minute, calendar)) return minute;
  return last.ts + Math.floor((minute - last.ts) / size) * size;
}

type Candle = Pick<Bar, "ts" | "open" | "high" | "low" | "close" | "volume">;

/** The candle forming after `last`; null while no minute of it is known. `closed`: its last minute is. */
export function formingFrom(
  minutes: readonly Candle[],
  last: Bar | undefined,
  size: number,
  calendar: Calendar,
): { forming: FormingBar; closed: boolean } | null {
  const after = last === undefined ? minutes : minutes.filter((minute) => minute.ts >= last.ts + size);
  const newest = after.at(-1);
  const first = after[0];
  if (newest === undefined || first === undefined) return null;
  const ts = frameStart(newest.ts, last ?? first, size, calendar);
  const own = after.filter((minute) => minute.ts >= ts);
  const forming: FormingBar = {
    seq: Math.floor(ts / size),
    ts,
    open: (own[0] ?? newest).open,
    high: Math.max(...own.map((minute) => minute.high)),
    low: Math.min(...own.map((minute) => minute.low)),
    close: newest.close,
    volume: own.reduce((sum, minute) => sum + minute.volume, 0),
    microSeq: 0,
  };
  return { forming, closed: first.ts < ts || newest.ts + MINUTE >= ts + size };
}

export class FrameSource implements BarSource {
  private readonly market: SymbolMarket;
  private readonly listeners = new Set<(change: MarketChange) => void>();
  private readonly ended = new AbortController();
  private reading = false;
  /** Newest minute that a read was made for: one read a closed bar. */
  private readFor = 0;

  constructor(
    private readonly client: RealtimeClient,
    private readonly symbol: string,
    private readonly timeframe: Exclude<Frame, "1m">,
    private readonly calendar: Calendar,
    private readonly problem: (error: Error | null) => void,
  ) {
    this.market = { ...client.market.get(symbol), timeframe, bars: [], gaps: [], forming: null, loaded: false };
    const off = client.market.subscribe(symbol, (change) => this.onMinute(change));
    this.ended.signal.addEventListener("abort", off, { once: true });
    void this.read();
  }

  get = (): SymbolMarket => this.market;

  subscribe = (listener: (change: MarketChange) => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  stop(): void {
    this.ended.abort();
  }

  async read(): Promise<void> {
    const now = this.client.market.marketNow;
    if (this.reading || now === null) return;
    this.reading = true;
    const size = TIMEFRAME_MS[this.timeframe];
    try {
      const from = now - REACH[this.timeframe];
      const response = await api.bars({ symbol: this.symbol, timeframe: this.timeframe, from }, this.ended.signal);
      this.market.bars = rowsToBars(response, size);
      this.market.gaps = response.gaps;
      this.market.loaded = true;
      this.market.forming = null;
      this.form();
      this.problem(null);
      this.emit({ kind: "reset" });
    } catch (error) {
      if (!this.ended.signal.aborted) this.problem(error as Error);
    } finally {
      this.reading = false;
    }
  }

  private onMinute(change: MarketChange): void {
    if (!this.market.loaded) {
      if (change.kind === "reset") void this.read();
      return;
    }
    if (change.kind === "revision") {
      void this.read();
      return;
    }
    const closed = this.form();
    const { forming } = this.market;
    if (forming !== null) {
      const { srvTs, ingestTs } = change.kind === "forming" ? change : { srvTs: null, ingestTs: null };
      this.emit({ kind: "forming", forming, srvTs, ingestTs });
    }
    const minute = this.client.market.get(this.symbol).bars.at(-1)?.ts ?? 0;
    if (closed && minute > this.readFor) {
      this.readFor = minute;
      void this.read();
    }
  }

  /** Renews the forming candle; true if the server has a closed bar more than we. */
  private form(): boolean {
    const { bars, forming } = this.client.market.get(this.symbol);
    const size = TIMEFRAME_MS[this.timeframe];
    const last = this.market.bars.at(-1);
    const recent = bars.slice(-Math.ceil((3 * size) / MINUTE));
    const found = formingFrom(forming === null ? recent : [...recent, forming], last, size, this.calendar);
    this.market.forming = found?.forming ?? null;
    return formingFrom(recent, last, size, this.calendar)?.closed ?? false;
  }

  private emit(change: MarketChange): void {
    for (const listener of [...this.listeners]) listener(change);
  }
}
