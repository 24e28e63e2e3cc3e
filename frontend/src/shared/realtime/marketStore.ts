/**
 * Bars and forming candles of every symbol, outside React: a bar a second and symbol would redraw
 * the page all day. The chart, the watchlist and the cards subscribe and paint what they need.
 */
import type { Gap } from "@/shared/api/types";
import { asError } from "@/shared/lib/errors";
import { TIMEFRAME_MS, type Timeframe } from "@/shared/lib/format";

import {
  applyBar,
  applyMicrobar,
  mergeBars,
  reviseBar,
  type BarVerdict,
  type FormingBar,
} from "./barSeries";
import type { Opened } from "./entry";
import type { Bar, MarketFrame } from "./events";

export interface SymbolMarket {
  symbol: string;
  timeframe: Timeframe;
  bars: Bar[];
  gaps: Gap[];
  forming: FormingBar | null;
  /** Where the forming minute opened; null where its first trade may have been missed. */
  opened: Opened | null;
  loaded: boolean;
  /** Last traded price and when, in market time and by this clock. */
  price: number | null;
  priceTs: number | null;
  receivedAt: number | null;
}

export type MarketChange =
  | { kind: "reset" }
  | { kind: "bar"; bar: Bar }
  | { kind: "forming"; forming: FormingBar; srvTs: number | null; ingestTs: number | null }
  | { kind: "revision"; bar: Bar };

type Listener = (change: MarketChange) => void;

/** Bars kept of a symbol: twenty-five sessions of minutes, a week of a market that never closes. */
const KEPT_BARS = 10_000;
/** How far over it may grow before the oldest go: a chart that has lost some must be laid anew. */
const SLACK = 0.1;

export class MarketStore {
  private readonly markets = new Map<string, SymbolMarket>();
  private readonly listeners = new Map<string, Set<Listener>>();
  private newest: number | null = null;
  /** Symbols of which no trade was missed since the last one that came. */
  private readonly followed = new Set<string>();

  /** @param failed hears of a listener that threw: what it shows is its own affair, the bars go on. */
  constructor(
    private readonly failed: (error: Error) => void,
    private readonly timeframe: Timeframe = "1m",
    private readonly kept = KEPT_BARS,
  ) {}

  /** Market time: the newest moment that any bar has shown. */
  get marketNow(): number | null {
    return this.newest;
  }

  get(symbol: string): SymbolMarket {
    const known = this.markets.get(symbol);
    if (known) return known;
    const made: SymbolMarket = {
      symbol,
      timeframe: this.timeframe,
      bars: [],
      gaps: [],
      forming: null,
      opened: null,
      loaded: false,
      price: null,
      priceTs: null,
      receivedAt: null,
    };
    this.markets.set(symbol, made);
    return made;
  }

  symbols(): string[] {
    return [...this.markets.keys()];
  }

  subscribe(symbol: string, listener: Listener): () => void {
    const set = this.listeners.get(symbol) ?? new Set<Listener>();
    this.listeners.set(symbol, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  /** The line is another one or gone: what trades until the next frame may be missed. */
  unfollow(): void {
    this.followed.clear();
  }

  /** Applies a frame; a hole is returned for the caller to fill. */
  apply(frame: MarketFrame, receivedAt: number): BarVerdict | null {
    if (frame.kind === "microbar") {
      this.micro(frame, receivedAt);
      return null;
    }
    if (frame.timeframe !== this.timeframe) return null;
    return frame.kind === "bar" ? this.close(frame, receivedAt) : this.revise(frame);
  }

  /** Bars read from the database; returns how many were new. */
  load(symbol: string, bars: readonly Bar[], gaps: readonly Gap[]): number {
    const market = this.get(symbol);
    const added = mergeBars(market.bars, bars);
    market.gaps = mergeGaps(market.gaps, gaps, market.bars);
    this.trim(market);
    market.loaded = true;
    const last = market.bars.at(-1);
    if (last) {
      // The candle that was forming may have closed while the bars were read.
      if (market.forming !== null && market.forming.seq <= last.seq) market.forming = null;
      this.touch(market, last.close, last.ts + TIMEFRAME_MS[this.timeframe], null);
    }
    this.emit(symbol, { kind: "reset" });
    return added;
  }

  private micro(frame: MarketFrame, receivedAt: number): void {
    const market = this.get(frame.symbol);
    const last = market.bars.at(-1);
    const forming = applyMicrobar(market.forming, frame, TIMEFRAME_MS[this.timeframe]);
    if (forming === null || (last !== undefined && forming.seq <= last.seq)) return;
    if (market.forming?.seq !== forming.seq) {
      const whole = this.followed.has(frame.symbol) || frame.bar.ts === forming.ts;
      market.opened = whole ? { ts: forming.ts, price: forming.open } : null;
    }
    this.followed.add(frame.symbol);
    market.forming = forming;
    this.touch(market, frame.bar.close, frame.bar.ts + TIMEFRAME_MS[frame.timeframe], receivedAt);
    this.emit(frame.symbol, { kind: "forming", forming, srvTs: frame.srvTs, ingestTs: frame.ingestTs });
  }

  private close(frame: MarketFrame, receivedAt: number): BarVerdict {
    const market = this.get(frame.symbol);
    const verdict = applyBar(market.bars, frame.bar, frame.prevSeq);
    if (verdict.kind === "duplicate") return verdict;
    if (market.forming !== null && market.forming.seq <= frame.bar.seq) market.forming = null;
    this.touch(market, frame.bar.close, frame.bar.ts + TIMEFRAME_MS[this.timeframe], receivedAt);
    const cut = this.trim(market);
    this.emit(frame.symbol, cut || verdict.kind === "inserted" ? { kind: "reset" } : { kind: "bar", bar: frame.bar });
    return verdict;
  }

  /** A tab that stays open keeps the newest bars alone. Returns whether any went. */
  private trim(market: SymbolMarket): boolean {
    const { bars } = market;
    if (bars.length <= this.kept * (1 + SLACK)) return false;
    bars.splice(0, bars.length - this.kept);
    const first = (bars[0] as Bar).seq;
    market.gaps = market.gaps.filter((gap) => gap.toSeq >= first);
    return true;
  }

  private revise(frame: MarketFrame): null {
    if (reviseBar(this.get(frame.symbol).bars, frame.bar)) {
      this.emit(frame.symbol, { kind: "revision", bar: frame.bar });
    }
    return null;
  }

  private touch(market: SymbolMarket, price: number, ts: number, receivedAt: number | null): void {
    if (market.priceTs === null || ts >= market.priceTs) {
      market.price = price;
      market.priceTs = ts;
    }
    if (receivedAt !== null) market.receivedAt = receivedAt;
    if (this.newest === null || ts > this.newest) this.newest = ts;
  }

  private emit(symbol: string, change: MarketChange): void {
    for (const listener of [...(this.listeners.get(symbol) ?? [])]) {
      try {
        listener(change);
      } catch (error) {
        this.failed(asError(error));
      }
    }
  }
}

/** A gap stays until bars are found inside it. */
function mergeGaps(old: readonly Gap[], read: readonly Gap[], bars: readonly Bar[]): Gap[] {
  const byStart = new Map([...old, ...read].map((gap) => [gap.fromSeq, gap]));
  return [...byStart.values()]
    .filter((gap) => !bars.some((bar) => bar.seq >= gap.fromSeq && bar.seq <= gap.toSeq))
    .sort((a, b) => a.fromSeq - b.fromSeq);
}
