/** Reads of a symbol's bars from the database, one at a time. */

/** What is read: everything behind a bar. */
export interface Behind {
  afterSeq: number;
  /** Bars are known to be missing; else it is only asked why minutes were skipped. */
  hole: boolean;
}

/** What is asked for while a symbol's bars are being read is read after them, so that nothing that came about meanwhile is left out. */
export class BarReads {
  /** Symbols that are being read, each with what comes next. */
  private readonly asked = new Map<string, Behind | null>();

  /** @param read false: there is no point in reading on. */
  constructor(private readonly read: (symbol: string, behind: Behind) => Promise<boolean>) {}

  async ask(symbol: string, behind: Behind): Promise<void> {
    const waiting = this.asked.get(symbol);
    if (waiting !== undefined) {
      this.asked.set(symbol, waiting === null ? behind : both(waiting, behind));
      return;
    }
    let next: Behind | null = behind;
    while (next !== null) {
      this.asked.set(symbol, null);
      const goOn = await this.read(symbol, next);
      next = goOn ? (this.asked.get(symbol) ?? null) : null;
    }
    this.asked.delete(symbol);
  }
}

function both(one: Behind, other: Behind): Behind {
  return { afterSeq: Math.min(one.afterSeq, other.afterSeq), hole: one.hole || other.hole };
}
