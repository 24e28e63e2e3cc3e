import type { JSX } from "react";

import type { GovernorAccount } from "@/shared/api/backtest";
import { DASH, expectancy, MINUS, number, r } from "@/shared/lib/format";

import { count } from "../words";
import classes from "./results.module.css";

const REASON: Record<string, string> = {
  manual_lock: "Manual lock",
  killed: "Rule killed",
  stale_data: "Stale data",
  session: "Session edges",
  daily_loss: "Daily loss limit",
  loss_streak: "Loss streak",
  confidence: "Confidence gate",
  expected_value: "Expected value",
  cooldown: "Cooldown",
  alerts_per_hour: "Alerts an hour",
  budget: "Budget",
};

function reasonWords(code: string): string {
  return REASON[code] ?? code.replaceAll("_", " ");
}

/** What the gates would have saved and cost over this run. */
export function Gates({ account }: { account: GovernorAccount }): JSX.Element {
  const rows = Object.entries(account.byReason).sort(([, a], [, b]) => b.triggers - a.triggers);
  return (
    <section className={classes.block} aria-label="Through your gates">
      <header className={classes.blockHead}>
        <h2>Through your gates</h2>
        <span>
          <b>{r(account.netR)}</b> <span className={classes.dim}>net</span>
        </span>
        <span className={classes.dim}>
          saved {number(account.savedR, 2)}R, cost {number(account.costR, 2)}R
        </span>
        <span className={classes.space} />
        <span className={classes.dim}>
          sent {expectancy(account.deliveredExpectancy, account.delivered)}, held back {expectancy(account.suppressedExpectancy, account.suppressed)}
        </span>
      </header>
      <div className={classes.tableScroll}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">Held back by</th>
              <th scope="col">n</th>
              <th scope="col">Would have made</th>
              <th scope="col">Saved</th>
              <th scope="col">Cost</th>
              <th scope="col">Net</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([code, held]) => (
              <tr key={code}>
                <th scope="row">{reasonWords(code)}</th>
                <td>{count(held.triggers)}</td>
                <td>{held.expectancy === null ? DASH : r(held.expectancy)}</td>
                <td>{number(held.savedR, 2)}R</td>
                <td>{held.costR > 0 ? `${MINUS}${number(held.costR, 2)}R` : "0.00R"}</td>
                <td>{r(held.savedR - held.costR)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
