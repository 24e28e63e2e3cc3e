import type { JSX } from "react";

import { useRuleReview } from "@/shared/api/queries";
import type { ChanceBin, HeldByGate, MatrixRow, RuleBin } from "@/shared/api/types";
import { DASH, FEW, number, percent, plural, r, rate } from "@/shared/lib/format";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import { agreement, BREAK_EVEN, cellKind, gateName, heldTotal, VERDICTS } from "./model";
import { HeldBackList } from "./RuleAlerts";
import classes from "./rules.module.css";
import { RateBar } from "./ScoreBar";

const VERDICT_WORD = { good: "Good outcome", neutral: "Neutral", bad: "Bad outcome", open: "Not known" } as const;
const LABEL_WORD = { good: "Good", bad: "Bad", late: "Late", missed: "Missed", none: "No label" } as const;

/** The rule against its outcomes, thirty days of this trader's signals. */
export function Review({ ruleId }: { ruleId: string }): JSX.Element {
  const query = useRuleReview(ruleId);
  return (
    <QueryView query={query} loading={<Loading label="Loading the rule's outcomes" rows={8} />}>
      {(review) => (
        <>
          <HeldBack ruleId={ruleId} held={review.held} days={review.days} />
          <Calibration bins={review.confidence} chance={review.chance} days={review.days} />
          <Matrix rows={review.matrix} days={review.days} />
        </>
      )}
    </QueryView>
  );
}

function HeldBack({ ruleId, held, days }: { ruleId: string; held: readonly HeldByGate[]; days: number }): JSX.Element {
  const total = heldTotal(held);
  return (
    <section>
      <h2>What the governor saved and cost you</h2>
      {total.n === 0 ? (
        <Empty reason={`No held-back signal of this rule has its outcome yet, in ${days} days.`} />
      ) : (
        <>
          <p className={classes.figure}>
            {r(total.net)}{" "}
            <span className={classes.dim}>
              saved {number(total.saved, 2)}R, cost {number(total.cost, 2)}R, n {total.n}, {days} days, before clipping
            </span>
          </p>
          <table className={classes.small}>
            <thead>
              <tr>
                <th scope="col">Held by</th>
                <th scope="col">n</th>
                <th scope="col">Saved</th>
                <th scope="col">Cost</th>
                <th scope="col">Net</th>
              </tr>
            </thead>
            <tbody>
              {held.map((gate) => (
                <tr key={gate.reasonCode}>
                  <th scope="row">{gateName(gate.reasonCode)}</th>
                  <td>{gate.n}</td>
                  <td>{number(gate.saved, 2)}R</td>
                  <td>{number(gate.cost, 2)}R</td>
                  <td>{r(gate.saved - gate.cost)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <HeldBackList ruleId={ruleId} />
        </>
      )}
    </section>
  );
}

interface CalibrationProps {
  bins: readonly RuleBin[];
  chance: readonly ChanceBin[];
  days: number;
}

function Calibration({ bins, chance, days }: CalibrationProps): JSX.Element {
  return (
    <section>
      <h2>Calibration</h2>
      {bins.length === 0 ? (
        <Empty reason={`No outcome of this rule is known yet, in ${days} days.`} />
      ) : (
        <>
          <p className={classes.dim}>
            Hits are outcomes above 0 R, sent and held; tick: break-even at {percent(BREAK_EVEN)}. Confidence ranks signals, it is no chance.
          </p>
          <table className={classes.small}>
            <thead>
              <tr>
                <th scope="col">Confidence</th>
                <th scope="col">Hit rate</th>
              </tr>
            </thead>
            <tbody>
              {bins.map((bin) => (
                <tr key={bin.low}>
                  <th scope="row">
                    {bin.low}–{bin.high}
                  </th>
                  <td>
                    <Rate bin={bin} mark={BREAK_EVEN} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {chance.length > 0 && <Chances chance={chance} />}
        </>
      )}
    </section>
  );
}

/** The second governor speaks of chances: here they are held against what came. */
function Chances({ chance }: { chance: readonly ChanceBin[] }): JSX.Element {
  return (
    <table className={classes.small}>
      <caption className={classes.dim}>What governor V2 said, and what it was; tick: what it said</caption>
      <thead>
        <tr>
          <th scope="col">Chance</th>
          <th scope="col">Said</th>
          <th scope="col">Was</th>
        </tr>
      </thead>
      <tbody>
        {chance.map((bin) => (
          <tr key={bin.low}>
            <th scope="row">
              {bin.low}–{bin.high} %
            </th>
            <td>{percent(bin.said)}</td>
            <td>
              <Rate bin={bin} mark={bin.said} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A hit rate in words, and with enough cases its interval drawn with a tick to compare it with. */
function Rate({ bin, mark }: { bin: RuleBin; mark: number }): JSX.Element {
  return (
    <span className={classes.hit}>
      {bin.n >= FEW && <RateBar value={bin.hitRate} low={bin.hitRateLow} high={bin.hitRateHigh} breakEven={mark} />}
      {rate(bin.hitRate, bin.hitRateLow, bin.hitRateHigh, bin.n)}
    </span>
  );
}

function Matrix({ rows, days }: { rows: readonly MatrixRow[]; days: number }): JSX.Element {
  const { agree, disagree } = agreement(rows);
  return (
    <section>
      <h2>Your labels and the outcomes</h2>
      <p className={classes.dim}>
        {agree + disagree === 0
          ? `No good or bad label met its outcome yet, in ${days} days.`
          : `You and the market agree on ${agree} of ${plural(agree + disagree, "label")}; = agrees, ≠ does not.`}
      </p>
      <table className={classes.small}>
        <thead>
          <tr>
            <th scope="col">Label</th>
            {VERDICTS.map((verdict) => (
              <th key={verdict} scope="col">
                {VERDICT_WORD[verdict]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label}>
              <th scope="row">{LABEL_WORD[row.label]}</th>
              {VERDICTS.map((verdict) => {
                const kind = cellKind(row.label, verdict);
                return (
                  <td key={verdict} data-kind={kind ?? undefined}>
                    {kind !== null && row[verdict] > 0 && (kind === "agree" ? "= " : "≠ ")}
                    {row[verdict] === 0 ? DASH : row[verdict]}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
