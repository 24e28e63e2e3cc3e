/**
 * Exactly-once bookkeeping of alert numbers (pure). `n` is one sequence per user over delivered
 * and suppressed decisions; each frame names the number before it, so a hole is visible.
 */
export interface Numbered {
  n: number;
  prevN: number;
}

export interface AlertLedger {
  /** Every number up to here is applied; null before the first snapshot. */
  readonly contiguous: number | null;
  /** Applied numbers beyond a hole, ascending. */
  readonly ahead: readonly Numbered[];
}

export interface Receipt {
  ledger: AlertLedger;
  /** First time this number is seen: apply it. Otherwise only refresh what is already there. */
  fresh: boolean;
  /** Numbers between `contiguous` and this one are missing: read them from the database. */
  hole: boolean;
}

export const EMPTY_LEDGER: AlertLedger = { contiguous: null, ahead: [] };

function absorb(contiguous: number, ahead: readonly Numbered[]): AlertLedger {
  let reached = contiguous;
  const rest: Numbered[] = [];
  for (const item of ahead) {
    if (item.n <= reached) continue;
    if (item.prevN <= reached) reached = item.n;
    else rest.push(item);
  }
  return { contiguous: reached, ahead: rest };
}

export function receive(ledger: AlertLedger, item: Numbered): Receipt {
  const known =
    (ledger.contiguous !== null && item.n <= ledger.contiguous) ||
    ledger.ahead.some((other) => other.n === item.n);
  if (known) return { ledger, fresh: false, hole: false };
  const ahead = [...ledger.ahead, item].sort((a, b) => a.n - b.n);
  if (ledger.contiguous === null) return { ledger: { contiguous: null, ahead }, fresh: true, hole: false };
  const next = absorb(ledger.contiguous, ahead);
  return { ledger: next, fresh: true, hole: next.ahead.length > 0 };
}

/**
 * The database was read from `contiguous` on and answered these numbers: everything up to the
 * largest is now applied. Frames that came meanwhile and follow on are absorbed.
 */
export function settle(ledger: AlertLedger, numbers: readonly number[]): AlertLedger {
  const read = numbers.reduce((most, n) => Math.max(most, n), ledger.contiguous ?? 0);
  return absorb(read, ledger.ahead);
}

export function hasHole(ledger: AlertLedger): boolean {
  return ledger.contiguous !== null && ledger.ahead.length > 0;
}
