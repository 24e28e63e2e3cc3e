/** Every decision of this user that the client holds, each number once, newest first. */
import type { Alert, AlertLabel, Outcome } from "@/shared/api/types";
import { createStore, type Store } from "@/shared/lib/store";

import { EMPTY_LEDGER, hasHole, receive, settle, type AlertLedger } from "./alertLedger";
import { entered, newerLevels, type Opened } from "./entry";
import type { AlertFrame } from "./events";

export interface AlertsState {
  /** Newest first; a burst of one moment by confidence. */
  alerts: readonly Alert[];
  loaded: boolean;
  /** Why the first page could not be read so far; it is asked for again meanwhile. */
  problem: Error | null;
  /** Numbers that arrived late, by filling a hole: shown, marked, never sounded. */
  late: ReadonlySet<number>;
}

export interface Applied {
  fresh: boolean;
  hole: boolean;
}

/** Decisions kept: days of a busy watchlist. Older ones are in the database, and on Review. */
const KEPT = 2_000;
/** How far over it may grow before the oldest go. */
const SLACK = 0.1;

export class AlertStore {
  /** @param kept decisions; those that still run and labels on their way stay, however old. */
  constructor(private readonly kept = KEPT) {}

  readonly state: Store<AlertsState> = createStore<AlertsState>({
    alerts: [],
    loaded: false,
    problem: null,
    late: new Set(),
  });
  private ledger: AlertLedger = EMPTY_LEDGER;
  private readonly byNumber = new Map<number, Alert>();
  /** The newest open of each symbol: an alert may come after the bar that it enters on has opened. */
  private readonly opens = new Map<string, Opened>();

  /** From where the database is to be read. */
  get contiguous(): number | null {
    return this.ledger.contiguous;
  }

  get hasHole(): boolean {
    return hasHole(this.ledger);
  }

  /** The first page: the newest decisions. Older ones come by `addOlder`. */
  snapshot(alerts: readonly Alert[]): void {
    this.ledger = settle(this.ledger, alerts.map((alert) => alert.n));
    for (const alert of alerts) this.put(alert);
    this.publish({ loaded: true, problem: null });
  }

  /** The first page could not be read. */
  failed(problem: Error): void {
    this.publish({ problem });
  }

  receive(frame: AlertFrame, isLate: boolean): Applied {
    const { ledger, fresh, hole } = receive(this.ledger, frame);
    this.ledger = ledger;
    // A frame that comes again is older than what is here: the label and the outcome came since.
    if (fresh && frame.alert !== null) {
      this.put(frame.alert);
      const late = new Set(this.state.get().late);
      if (isLate) late.add(frame.n);
      this.forgetOldest(late);
      this.publish({ late });
    }
    return { fresh: fresh && frame.alert !== null, hole };
  }

  /** What became of a signal, and whether it stands on revised bars; the label stays as it is here. */
  outcome(alert: Alert): void {
    const known = this.byNumber.get(alert.n);
    if (known === undefined || !isForward(known.outcome, alert.outcome)) return;
    this.byNumber.set(alert.n, { ...known, outcome: alert.outcome, levels: newerLevels(known.levels, alert.levels), revision: alert.revision });
    this.publish({});
  }

  /** A minute of a symbol has opened: those that fired on the one before enter there. */
  opened(symbol: string, opened: Opened): void {
    if (this.opens.get(symbol)?.ts === opened.ts) return;
    this.opens.set(symbol, opened);
    let changed = false;
    for (const alert of this.byNumber.values()) {
      if (alert.symbol !== symbol) continue;
      const now = entered(alert, opened);
      if (now === alert) continue;
      this.byNumber.set(alert.n, now);
      changed = true;
    }
    if (changed) this.publish({});
  }

  /** What the database holds above the contiguous number. Returns how many were new here. */
  fill(alerts: readonly Alert[]): number {
    const added = alerts.filter((alert) => !this.byNumber.has(alert.n));
    for (const alert of alerts) this.put(alert);
    this.ledger = settle(this.ledger, alerts.map((alert) => alert.n));
    const late = new Set(this.state.get().late);
    for (const alert of added) late.add(alert.n);
    this.forgetOldest(late);
    this.publish({ late });
    return added.length;
  }

  /** Older pages and refreshed outcomes: known to the ledger already. */
  refresh(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      const contiguous = this.ledger.contiguous ?? 0;
      if (alert.n <= contiguous || this.byNumber.has(alert.n)) this.put(alert);
    }
    this.publish({});
  }

  setLabel(signalId: string, label: AlertLabel | null): void {
    for (const alert of this.byNumber.values()) {
      if (alert.signalId === signalId) this.byNumber.set(alert.n, { ...alert, label });
    }
    this.publish({});
  }

  find(signalId: string): Alert | undefined {
    return this.state.get().alerts.find((alert) => alert.signalId === signalId);
  }

  /** A tab that stays open keeps the newest decisions; the ledger goes on counting all of them. */
  private forgetOldest(late: Set<number>): void {
    if (this.byNumber.size <= this.kept * (1 + SLACK)) return;
    const oldest = [...this.byNumber.keys()].sort((a, b) => a - b).slice(0, this.byNumber.size - this.kept);
    for (const n of oldest) {
      const alert = this.byNumber.get(n);
      if (alert === undefined || ORDER[alert.outcome.state] < ORDER.closed || alert.label?.id === "") continue;
      this.byNumber.delete(n);
      late.delete(n);
    }
  }

  private put(alert: Alert): void {
    const known = this.byNumber.get(alert.n);
    this.byNumber.set(alert.n, entered(known ? merged(known, alert) : alert, this.opens.get(alert.symbol)));
  }

  private publish(change: Partial<AlertsState>): void {
    const alerts = [...this.byNumber.values()].sort(
      (a, b) => b.ts - a.ts || b.confidence - a.confidence || b.n - a.n,
    );
    this.state.set((previous) => ({ ...previous, alerts, ...change }));
  }
}

const ORDER: Record<Outcome["state"], number> = { pending: 0, open: 1, none: 2, closed: 2 };

/** An outcome never goes back. */
function isForward(known: Outcome, incoming: Outcome): boolean {
  return ORDER[incoming.state] >= ORDER[known.state];
}

/** What was read from the database, unless what is here is newer: an outcome, a label on its way. */
function merged(known: Alert, read: Alert): Alert {
  const forward = isForward(known.outcome, read.outcome);
  const unsaved = known.label !== null && known.label.id === "";
  return {
    ...read,
    ...(forward ? { levels: newerLevels(known.levels, read.levels) } : { outcome: known.outcome, levels: known.levels }),
    ...(unsaved ? { label: known.label } : {}),
  };
}
