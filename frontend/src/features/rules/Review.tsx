import { Button } from "@mantine/core";
import type { JSX } from "react";
import { Link } from "react-router";

import { useRuleReview } from "@/shared/api/queries";
import type { HeldByGate, MatrixRow } from "@/shared/api/types";
import { cases, count, r, rAgainst, share } from "@/shared/lib/format";
import { gateName } from "@/shared/lib/gates";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import { Calibration } from "./Calibration";
import classes from "./detail.module.css";
import { agreement, cellKind, heldTotal, rowTotal, VERDICTS } from "./model";
import { HeldBackList } from "./RuleAlerts";

const VERDICT_WORD = { good: "Good outcome", neutral: "Neutral", bad: "Bad outcome", open: "Not known" } as const;
const LABEL_WORD = { good: "Good", bad: "Bad", late: "Late", missed: "Missed", none: "No label" } as const;

/** The rule against its outcomes, thirty days of this trader's signals. */
export function Review({ ruleId }: { ruleId: string }): JSX.Element {
  const query = useRuleReview(ruleId);
  return (
    <>
      {query.data === undefined && <h2>Outcomes</h2>}
      <QueryView query={query} loading={<Loading label="Loading the rule's outcomes" rows={8} />}>
        {(review) => (
          <>
            <HeldBack ruleId={ruleId} held={review.held} days={review.days} />
            <Calibration bins={review.confidence} chance={review.chance} days={review.days} />
            <Matrix rows={review.matrix} days={review.days} />
          </>
        )}
      </QueryView>
    </>
  );
}

interface HeldBackProps {
  ruleId: string;
  held: readonly HeldByGate[];
  days: number;
}

function HeldBack({ ruleId, held, days }: HeldBackProps): JSX.Element {
  const total = heldTotal(held);
  return (
    <section>
      <h2>What the governor saved and cost you</h2>
      {total.n === 0 ? (
        <Empty reason={`No held-back signal of this rule has its outcome yet, in ${days} days. An outcome takes 30 bars at most.`} />
      ) : (
        <>
          <p className={classes.figure}>
            {r(total.net)}
            <span className={classes.dim}>
              saved {r(total.saved)}, cost {rAgainst(total.cost)}, {cases(total.n)}, {days} days; outcomes in full, none clipped
            </span>
          </p>
          <HeldTable held={held} />
          <HeldBackList ruleId={ruleId} />
        </>
      )}
    </section>
  );
}

function HeldTable({ held }: Pick<HeldBackProps, "held">): JSX.Element {
  return (
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
            <td>{count(gate.n)}</td>
            <td>{r(gate.saved)}</td>
            <td>{rAgainst(gate.cost)}</td>
            <td>{r(gate.saved - gate.cost)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Matrix({ rows, days }: { rows: readonly MatrixRow[]; days: number }): JSX.Element {
  const { agree, disagree } = agreement(rows);
  return (
    <section>
      <h2>Your labels and the outcomes</h2>
      {agree + disagree === 0 ? (
        <Empty
          reason={`No good or bad label met its outcome yet, in ${days} days.`}
          action={
            <Button component={Link} to="/journal?tab=review">
              Label alerts in Review
            </Button>
          }
        />
      ) : (
        <p className={classes.dim}>
          You and the market agree: {share(agree, agree + disagree)}. = agrees, ≠ does not; brackets hold the 95&nbsp;% interval.
        </p>
      )}
      <MatrixTable rows={rows} />
    </section>
  );
}

function MatrixTable({ rows }: { rows: readonly MatrixRow[] }): JSX.Element {
  return (
    <table className={classes.small}>
      <thead>
        <tr>
          <th scope="col">Label</th>
          {VERDICTS.map((verdict) => (
            <th key={verdict} scope="col">
              {VERDICT_WORD[verdict]}
            </th>
          ))}
          <th scope="col">n</th>
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
                  {count(row[verdict])}
                </td>
              );
            })}
            <td>{count(rowTotal(row))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
