/** The entry of an alert, the open of the bar after its own, as soon as the stream shows it (pure). */
import type { Alert } from "@/shared/api/types";
import { TIMEFRAME_MS } from "@/shared/lib/format";

/** The open of a minute whose first trade was seen. */
export interface Opened {
  /** When the minute begins, epoch milliseconds. */
  ts: number;
  price: number;
}

/**
 * The alert with its entry filled, if `opened` is the bar that it enters on; stop and target move with
 * the entry. The server says the same once that bar has closed.
 */
export function entered(alert: Alert, opened: Opened | undefined): Alert {
  const { levels, outcome } = alert;
  if (opened?.ts !== alert.ts + TIMEFRAME_MS[alert.timeframe]) return alert;
  if (levels.entryState === "filled" || outcome.state !== "pending") return alert;
  const by = opened.price - levels.entry;
  return {
    ...alert,
    levels: { ...levels, entry: opened.price, entryState: "filled", stop: levels.stop + by, target: levels.target + by },
  };
}

/** Levels that were read or told anew: an entry that is known here is not forgotten. */
export function newerLevels(known: Alert["levels"], told: Alert["levels"]): Alert["levels"] {
  return told.entryState === "provisional" && known.entryState === "filled" ? known : told;
}
