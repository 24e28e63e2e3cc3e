import { Button, Kbd } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type JSX } from "react";
import { Link } from "react-router";

import { api } from "@/shared/api/endpoints";
import { useSettings, useSymbols } from "@/shared/api/queries";
import { useRuleName } from "@/shared/api/ruleNames";
import { DEFAULT_SETTINGS } from "@/shared/api/settings";
import type { Alert, BarsResponse, Label } from "@/shared/api/types";
import { closeTs, confidence, plural, price, r, rAgainst, TIMEFRAME_MS } from "@/shared/lib/format";
import { keyCap } from "@/shared/lib/keys";
import { regimeWords } from "@/shared/lib/regime";
import { useBindings, useKeys } from "@/shared/ui/keyboard";
import { Moment } from "@/shared/ui/Moment";
import { DirectionShape } from "@/shared/ui/shapes";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import classes from "./journal.module.css";
import type { JournalSlots } from "./JournalPage";
import { useUnlabelled } from "./queries";
import { ReviewChart } from "./ReviewChart";
import { toneOf } from "./words";

const BARS_BEFORE = 90;
/** Over a weekend and a holiday: early in a session most of the bars are those of the one before. */
const LOOK_BACK_MS = 4 * 86_400_000;
/** The horizon of an outcome, and a little. */
const BARS_AFTER = 35;

/** Unlabelled alerts one at a time, judged as they were seen: what followed shows after the label. */
export function Review({ slots }: { slots: JournalSlots }): JSX.Element {
  const unlabelled = useUnlabelled();
  return (
    <QueryView query={unlabelled} loading={<Loading label="Loading the alerts to review" rows={1} height={480} />}>
      {(page) => <Queue alerts={page.results} more={page.next !== null} slots={slots} refetch={() => void unlabelled.refetch()} />}
    </QueryView>
  );
}

interface QueueProps {
  alerts: readonly Alert[];
  more: boolean;
  slots: JournalSlots;
  refetch: () => void;
}

function Queue({ alerts, more, slots, refetch }: QueueProps): JSX.Element {
  const [at, setAt] = useState(0);
  const [given, setGiven] = useState<Label | null>(null);
  const [labelled, setLabelled] = useState(0);
  const alert = alerts[at];
  const next = (): void => {
    setAt((old) => old + 1);
    setGiven(null);
  };
  useKeys({ skipReview: () => alert && next() });
  if (alert === undefined) return <Done seen={alerts.length} labelled={labelled} more={more} again={() => { setAt(0); setLabelled(0); refetch(); }} />;
  return (
    <Case
      key={alert.signalId}
      alert={alert}
      given={given}
      left={`${alerts.length - at}${more ? "+" : ""} to review`}
      next={next}
      feedback={slots.feedback(given === null ? alert : { ...alert, label: { id: "", label: given, notes: "", outcomeKnown: alert.outcome.state === "closed" } }, (label) => {
        if (given === null) setLabelled((old) => old + 1);
        setGiven(label);
      })}
    />
  );
}

function Done({ seen, labelled, more, again }: { seen: number; labelled: number; more: boolean; again: () => void }): JSX.Element {
  const reason =
    seen === 0
      ? "Every alert has its label."
      : `${plural(labelled, "alert")} labelled, ${seen - labelled} skipped.`;
  return (
    <Empty
      reason={reason}
      action={
        more || labelled < seen ? (
          <Button onClick={again}>{more ? "Review more" : "Review those you skipped"}</Button>
        ) : (
          <Button component={Link} to="/rules">See what your labels did to the rules</Button>
        )
      }
    />
  );
}

interface CaseProps {
  alert: Alert;
  given: Label | null;
  left: string;
  next: () => void;
  feedback: React.ReactNode;
}

function Case({ alert, given, left, next, feedback }: CaseProps): JSX.Element {
  const nameOf = useRuleName();
  const instrument = useSymbols().data?.find((item) => item.symbol === alert.symbol);
  const calendar = instrument?.calendar ?? "XNYS";
  const bindings = useBindings();
  const word = alert.direction === "long" ? "LONG" : "SHORT";
  const p = (value: number): string => price(value, instrument?.tickSize ?? 0.01);
  // As on a live card until the next bar opens: from the close, some R away.
  const about = (distance: number): string => `≈ ${p(alert.price + side(alert) * distance * alert.levels.unit)}`;
  return (
    <article className={classes.review} aria-label={`Review ${word} ${alert.symbol}`} data-signal={alert.signalId} data-revealed={given !== null || undefined}>
      <div className={classes.reviewChart}>
        <Bars alert={alert} revealed={given !== null} />
      </div>
      <div className={classes.reviewSide}>
        <p className={classes.dim}>{left}</p>
        <h2 className={classes.reviewTitle}>
          <span className={classes.direction} data-direction={alert.direction}>
            <DirectionShape direction={alert.direction} /> {word}
          </span>
          {alert.symbol} <span className={classes.dim}>{alert.timeframe}</span>
          {alert.demo && <span className={classes.tag}>demo</span>}
        </h2>
        <p>
          <Moment ts={closeTs(alert)} calendar={calendar} date="day" />
        </p>
        <p className={classes.reviewRule}>{nameOf(alert.ruleId)}</p>
        <p>{alert.why}</p>
        <dl className={classes.facts}>
          <div>
            <dt>Entry</dt>
            <dd>{given === null ? "≈ next open" : p(alert.levels.entry)}</dd>
          </div>
          <div>
            <dt>Stop −1R</dt>
            <dd>{given === null ? about(-1) : p(alert.levels.stop)}</dd>
          </div>
          <div>
            <dt>Target +1.5R</dt>
            <dd>{given === null ? about(1.5) : p(alert.levels.target)}</dd>
          </div>
          <div>
            <dt>Confidence</dt>
            <dd>{confidence(alert.confidence)}</dd>
          </div>
          <div>
            <dt>Regime</dt>
            <dd>{regimeWords(alert.regime)}</dd>
          </div>
        </dl>
        {given !== null && <Ending alert={alert} />}
        {feedback}
        <Button className={classes.skip ?? ""} onClick={next} variant={given === null ? "default" : "filled"} rightSection={<Kbd size="xs">{keyCap(bindings.skipReview)}</Kbd>}>
          {given === null ? "Skip" : "Next"}
        </Button>
        {given === null && <p className={classes.dim}>The bars end at the trigger. What followed shows once you have judged it.</p>}
      </div>
    </article>
  );
}

function side(alert: Alert): 1 | -1 {
  return alert.direction === "long" ? 1 : -1;
}

function Ending({ alert }: { alert: Alert }): JSX.Element {
  const { outcome } = alert;
  if (outcome.r === null) return <p className={classes.ending}>The outcome is not known yet.</p>;
  return (
    <p className={classes.ending} data-sign={toneOf(outcome.r)} data-testid="review-outcome">
      {outcome.exitReason ?? "ended"} <b>{r(outcome.r)}</b>
      <span className={classes.dim}>
        {" "}
        MFE {r(outcome.mfe)}, MAE {rAgainst(outcome.mae)}
        {outcome.holdBars === null ? "" : `, ${plural(outcome.holdBars, "bar")}`}
      </span>
    </p>
  );
}

function firstShown(data: BarsResponse, triggerTs: number): number {
  const column = data.columns.indexOf("ts");
  const trigger = data.bars.findIndex((bar) => bar[column] === triggerTs);
  return Math.max(0, trigger - BARS_BEFORE);
}

function Bars({ alert, revealed }: { alert: Alert; revealed: boolean }): JSX.Element {
  const step = TIMEFRAME_MS[alert.timeframe];
  const { symbol, timeframe } = alert;
  // What came after the trigger is not even asked for before the label.
  const query = { symbol, timeframe, from: alert.ts - LOOK_BACK_MS, to: alert.ts + (revealed ? BARS_AFTER : 1) * step };
  const bars = useQuery({
    queryKey: ["review-bars", query],
    queryFn: ({ signal }) => api.bars(query, signal),
    staleTime: Infinity,
    select: (data) => ({ ...data, bars: data.bars.slice(firstShown(data, alert.ts)) }),
    placeholderData: (before) => before,
  });
  const instrument = useSymbols().data?.find((item) => item.symbol === symbol);
  const { colourPair } = (useSettings().data ?? DEFAULT_SETTINGS).display;
  return (
    <QueryView query={bars} loading={<Loading label="Loading the bars" rows={1} height={420} />}>
      {(data) => <ReviewChart alert={alert} bars={data} revealed={revealed} instrument={instrument} colourPair={colourPair} />}
    </QueryView>
  );
}
