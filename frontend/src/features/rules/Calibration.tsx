import type { JSX } from "react";

import type { ChanceBin, RuleBin } from "@/shared/api/types";
import { bounds, count, FEW, percent, r } from "@/shared/lib/format";
import { RateBar } from "@/shared/ui/RateBar";
import { Empty } from "@/shared/ui/states";

import classes from "./detail.module.css";
import { BREAK_EVEN } from "./model";

interface CalibrationProps {
  bins: readonly RuleBin[];
  chance: readonly ChanceBin[];
  days: number;
}

/** Whether higher confidence came to more hits. */
export function Calibration({ bins, chance, days }: CalibrationProps): JSX.Element {
  return (
    <section>
      <h2>Calibration</h2>
      {bins.length === 0 ? (
        <Empty reason={`No outcome of this rule is known yet, in ${days} days. An outcome takes 30 bars at most.`} />
      ) : (
        <>
          <p className={classes.dim}>
            Hits are outcomes above {r(0)}, sent and held; tick: break-even at {percent(BREAK_EVEN)}. Confidence ranks signals, it is no chance.
          </p>
          <Confidences bins={bins} />
          {chance.length > 0 && <Chances chance={chance} />}
        </>
      )}
    </section>
  );
}

function Confidences({ bins }: Pick<CalibrationProps, "bins">): JSX.Element {
  return (
    <table className={classes.small}>
      <thead>
        <tr>
          <th scope="col">Confidence</th>
          <th scope="col">n</th>
          <th scope="col">Hit rate</th>
          <th scope="col">95 %</th>
        </tr>
      </thead>
      <tbody>
        {bins.map((bin) => (
          <tr key={bin.low}>
            <th scope="row">
              {bin.low}–{bin.high}
            </th>
            <Hits bin={bin} mark={BREAK_EVEN} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The second governor speaks of chances: here they are held against what came. */
function Chances({ chance }: Pick<CalibrationProps, "chance">): JSX.Element {
  return (
    <table className={classes.small}>
      <caption className={classes.dim}>What governor V2 said, and what it was; tick: what it said</caption>
      <thead>
        <tr>
          <th scope="col">Chance</th>
          <th scope="col">Said</th>
          <th scope="col">n</th>
          <th scope="col">Was</th>
          <th scope="col">95 %</th>
        </tr>
      </thead>
      <tbody>
        {chance.map((bin) => (
          <tr key={bin.low}>
            <th scope="row">
              {bin.low}–{bin.high} %
            </th>
            <td>{percent(bin.said)}</td>
            <Hits bin={bin} mark={bin.said} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Its n, and with enough cases the rate and its interval, drawn with a tick to compare it with. */
function Hits({ bin, mark }: { bin: RuleBin; mark: number }): JSX.Element {
  const { n, hitRate, hitRateLow, hitRateHigh } = bin;
  return (
    <>
      <td>{count(n)}</td>
      {n < FEW ? (
        <td colSpan={2} className={classes.few}>
          too few
        </td>
      ) : (
        <>
          <td>
            <span className={classes.hit}>
              <RateBar value={hitRate} low={hitRateLow} high={hitRateHigh} breakEven={mark} />
              {percent(hitRate)}
            </span>
          </td>
          <td className={classes.few}>{bounds(hitRateLow, hitRateHigh)}</td>
        </>
      )}
    </>
  );
}
