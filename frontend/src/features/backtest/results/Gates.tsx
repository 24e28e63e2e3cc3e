import type { JSX } from "react";

import type { GovernorAccount } from "@/shared/api/backtest";
import { count, DASH, expectancy, r, rAgainst } from "@/shared/lib/format";
import { gateName } from "@/shared/lib/gates";
import { Scroll } from "@/shared/ui/Scroll";

import classes from "./results.module.css";

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
          saved {r(account.savedR)}, cost {rAgainst(account.costR)}
        </span>
        <span className={classes.space} />
        <span className={classes.dim}>
          sent {expectancy(account.deliveredExpectancy, account.delivered)}, held back {expectancy(account.suppressedExpectancy, account.suppressed)}
        </span>
      </header>
      <Scroll label="What each gate held back" className={classes.tableScroll}>
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
                <th scope="row">{gateName(code)}</th>
                <td>{count(held.triggers)}</td>
                <td>{held.expectancy === null ? DASH : r(held.expectancy)}</td>
                <td>{r(held.savedR)}</td>
                <td>{rAgainst(held.costR)}</td>
                <td>{r(held.savedR - held.costR)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
