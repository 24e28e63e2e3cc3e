/**
 * tick→wick: from the server's send to the frame in which the candle was drawn. The chart draws in
 * the animation frame after an update, so the frame's own callback, asked for after the chart's,
 * runs once the wick is on the canvas; a hidden tab draws nothing and is counted apart.
 */
import { preciseNow, type SampleBody } from "./rttReporter";

interface Waiting {
  srvTs: number;
  ingestTs: number | null;
}

export interface WickMeterOptions {
  report: (sample: SampleBody) => void;
  /** server clock − client clock; null until the first echo. */
  offset: () => number | null;
  now?: () => number;
  frame?: (callback: () => void) => void;
  hidden?: () => boolean;
}

/** Samples a second are plenty; a burst after a stall would only repeat itself. */
const PER_FRAME = 3;

/**
 * The clocks' uncertainty may push a short way below zero; further down it is an error. A page that
 * the browser froze paints minutes late: a minute says as much, and more would be refused.
 */
const bounded = (ms: number): number => Math.min(60_000, Math.max(-50, ms));

export class WickMeter {
  private waiting: Waiting[] = [];
  private asked = false;

  constructor(private readonly options: WickMeterOptions) {}

  /** Call right after the update went into the chart. */
  drawn(srvTs: number | null, ingestTs: number | null): void {
    if (srvTs === null) return;
    if (this.options.hidden?.() ?? document.hidden) {
      this.measure({ srvTs, ingestTs }, true);
      return;
    }
    if (this.waiting.length < PER_FRAME) this.waiting.push({ srvTs, ingestTs });
    if (this.asked) return;
    this.asked = true;
    (this.options.frame ?? requestAnimationFrame)(() => this.painted());
  }

  private painted(): void {
    this.asked = false;
    const waiting = this.waiting;
    this.waiting = [];
    for (const item of waiting) this.measure(item, false);
  }

  private measure(item: Waiting, hidden: boolean): void {
    const offset = this.options.offset();
    if (offset === null) return;
    const serverNow = (this.options.now ?? preciseNow)() + offset;
    this.options.report({
      srvTs: item.srvTs,
      tickToWickMs: bounded(serverNow - item.srvTs),
      ...(item.ingestTs === null ? {} : { ingestToWickMs: bounded(serverNow - item.ingestTs) }),
      hidden,
    });
  }
}
