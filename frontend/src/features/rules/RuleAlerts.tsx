import { useState, type JSX, type ReactNode } from "react";

import { useRuleAlerts, type RuleAlerts } from "@/shared/api/queries";
import type { Alert } from "@/shared/api/types";
import { closeTs, confidence, count, r } from "@/shared/lib/format";
import { reasonWords } from "@/shared/lib/reason";
import { Moment } from "@/shared/ui/Moment";
import { DirectionShape } from "@/shared/ui/shapes";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import classes from "./detail.module.css";

const FIRST = 10;

/** The signals behind what the governor saved and cost, newest first. */
export function HeldBackList({ ruleId }: { ruleId: string }): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className={classes.more} aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "Hide the signals" : "Show the signals"}
      </button>
      {open && (
        <Listed ruleId={ruleId} which="held" empty="Every signal of this rule was sent.">
          {(alert) => (
            <>
              {head(alert)}
              <span className={classes.rowReason}>{reasonWords(alert.reason)}</span>
            </>
          )}
        </Listed>
      )}
    </>
  );
}

interface QueueProps {
  ruleId: string;
  feedback: (alert: Alert) => ReactNode;
}

/** Labels that the outcome contradicts, each to be looked at once more. */
export function Disagreements({ ruleId, feedback }: QueueProps): JSX.Element {
  return (
    <section>
      <h2>Where you and the outcome disagree</h2>
      <p className={classes.dim}>Good on a bad outcome, or bad on a good one. A new label counts instead of the old one; keep it if the trade was right and the market was not.</p>
      <Listed ruleId={ruleId} which="disagreements" empty="No label of yours on this rule is contradicted by its outcome.">
        {(alert) => (
          <>
            {head(alert)}
            <span className={classes.rowReason}>
              You said {alert.label?.label}
              {alert.label?.outcomeKnown && ", with hindsight"}; {alert.why}
            </span>
            {feedback(alert)}
          </>
        )}
      </Listed>
    </section>
  );
}

interface ListedProps {
  ruleId: string;
  which: RuleAlerts;
  empty: string;
  children: (alert: Alert) => ReactNode;
}

function Listed({ ruleId, which, empty, children }: ListedProps): JSX.Element {
  const query = useRuleAlerts(ruleId, which);
  const [all, setAll] = useState(false);
  return (
    <QueryView query={query} loading={<Loading label="Loading signals" rows={3} />}>
      {(page) => {
        if (page.results.length === 0) return <Empty reason={empty} />;
        const shown = all ? page.results : page.results.slice(0, FIRST);
        return (
          <>
            <ul className={classes.rows}>
              {shown.map((alert) => (
                <li key={alert.id}>{children(alert)}</li>
              ))}
            </ul>
            {page.results.length > FIRST && (
              <button type="button" className={classes.more} aria-expanded={all} onClick={() => setAll(!all)}>
                {all ? `Show ${FIRST}` : `Show all ${count(page.results.length)}${page.next === null ? "" : " newest"}`}
              </button>
            )}
          </>
        );
      }}
    </QueryView>
  );
}

function head(alert: Alert): JSX.Element {
  const value = alert.outcome.r;
  const long = alert.direction === "long";
  return (
    <span className={classes.rowHead}>
      <b className={long ? classes.up : classes.down}>
        <DirectionShape direction={alert.direction} size={10} /> {long ? "LONG" : "SHORT"}
      </b>
      <span>
        {alert.symbol} {alert.timeframe}
      </span>
      <Moment ts={closeTs(alert)} calendar="XNYS" date="day" className={classes.faint} />
      <span className={classes.faint}>confidence {confidence(alert.confidence)}</span>
      <span className={classes.rowR}>{r(value)}</span>
    </span>
  );
}
