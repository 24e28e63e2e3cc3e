import { memo, useContext, type JSX, type ReactNode } from "react";
import { Link } from "react-router";

import { useRiskPreviews, useRuleCalibrations, useRuleMetrics } from "@/shared/api/queries";
import type { Alert, Instrument, Rule } from "@/shared/api/types";
import { age, confidence, DASH, gate, r, volume } from "@/shared/lib/format";
import { exchangeDateKey, shortDate, timeOfDay } from "@/shared/lib/marketTime";
import { regimeWords } from "@/shared/lib/regime";
import { useRealtime } from "@/shared/realtime/context";
import { LiveText } from "@/shared/ui/LiveText";
import { DirectionShape } from "@/shared/ui/shapes";

import { HoverContext, useHovered, useSession, useStaleMs } from "../session";
import classes from "./card.module.css";
import { CardActions } from "./CardActions";
import { ConfidenceBar } from "./ConfidenceBar";
import { binOf, calibrationWords, closeTs, levelWords, outcomeWord, rAt, reached, sizeFor, waitingWords } from "./model";
import { gateOf, gateSentence, revisionWords, shortGate, weekWords } from "./sentences";
import { TookIt } from "./TookIt";

/** What other features put into a card. */
export interface CardSlots {
  feedback: (alert: Alert) => ReactNode;
  note: (alert: Alert) => ReactNode;
}

/** What stands in a card: the same as long as the alert is. */
interface ContentProps {
  alert: Alert;
  open: boolean;
  late: boolean;
  rule: Rule | undefined;
  instrument: Instrument | undefined;
  slots: CardSlots;
}

export interface AlertCardProps extends ContentProps {
  fresh: boolean;
  position: number;
  total: number;
  select: () => void;
}

const LABEL_TEXT = { good: "Good", bad: "Bad", late: "Late", missed: "Missed" } as const;

const directionWord = (alert: Alert): string => (alert.direction === "long" ? "LONG" : "SHORT");

/** The place of a card changes with every arrival above it; what stands in it does not, and is not drawn again. */
export function AlertCard({ fresh, position, total, select, ...content }: AlertCardProps): JSX.Element {
  const { alert, open, rule } = content;
  const title = rule?.title ?? alert.ruleId;
  const hover = useContext(HoverContext);
  const hovered = useHovered(alert.signalId);
  return (
    // The feed pattern: articles take the focus, so that J and K (and readers) move between them.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <article
      className={classes.card}
      data-open={open || undefined}
      data-fresh={fresh || undefined}
      data-held={!alert.delivered || undefined}
      data-hovered={hovered || undefined}
      data-signal={alert.signalId}
      data-direction={alert.direction}
      aria-label={`${directionWord(alert)} ${alert.symbol} ${title}${alert.delivered ? "" : ", held back"}`}
      aria-posinset={position}
      aria-setsize={total}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onClick={select}
      onFocus={select}
      onPointerEnter={() => hover.set(alert.signalId)}
      onPointerLeave={() => hover.set((old) => (old === alert.signalId ? null : old))}
    >
      <CardContent {...content} />
    </article>
  );
}

const CardContent = memo(function CardContent(props: ContentProps): JSX.Element {
  const { alert, open, late, rule, instrument } = props;
  const title = rule?.title ?? alert.ruleId;
  return (
    <>
      <header className={classes.top}>
        <span className={classes.direction} data-direction={alert.direction}>
          <DirectionShape direction={alert.direction} hollow={!alert.delivered} />
          {directionWord(alert)}
        </span>
        <b className={classes.symbol} data-testid="symbol">{alert.symbol}</b>
        <span className={classes.dim}>{alert.timeframe}</span>
        {!open && <span className={classes.ruleShort}>{title}</span>}
        {!alert.delivered && open && <span className={classes.tag}>held back</span>}
        {late && <span className={classes.tag}>late</span>}
        {alert.demo && open && <span className={classes.tag}>demo</span>}
        {alert.revision !== null && !open && <RevisedTag alert={alert} />}
        <Age alert={alert} />
      </header>
      {open ? <OpenBody {...props} title={title} /> : <ShortBody alert={alert} instrument={instrument} />}
    </>
  );
});

function RevisedTag({ alert }: { alert: Alert }): JSX.Element {
  return (
    <span className={classes.tag} title={revisionWords(alert.revision)}>
      revised{alert.revision === "would_not" && ", would not"}
    </span>
  );
}

function Age({ alert }: { alert: Alert }): JSX.Element {
  const { market } = useRealtime();
  const calendar = useSession().calendar;
  const read = (): string => {
    const now = market.marketNow;
    if (now === null) return DASH;
    const today = exchangeDateKey(now, calendar) === exchangeDateKey(alert.ts, calendar);
    const at = closeTs(alert);
    // Of an earlier session the date says more than a thousand bars.
    return today ? age(Math.max(0, now - at), alert.timeframe) : `${shortDate(at, calendar)} ${timeOfDay(at, calendar, false)}`;
  };
  return <LiveText read={read} className={classes.age} testId="age" />;
}

/** R at the last price while the position is open, then how it ended. */
function RNow({ alert, large }: { alert: Alert; large: boolean }): JSX.Element {
  const { market } = useRealtime();
  const stale = useStaleMs();
  const className = large ? classes.rNow : classes.rShort;
  const word = outcomeWord(alert.outcome);
  if (word !== null) {
    const value = alert.outcome.r;
    return (
      <span className={className} data-tone={toneOf(value)} data-testid="r-now">
        <small>{word}</small> {value === null ? "" : r(value)}
      </span>
    );
  }
  const now = (): number | null => {
    const last = market.get(alert.symbol).price;
    return last === null || stale() !== null ? null : rAt(alert, last);
  };
  const at = (): string => {
    const barrier = now() === null ? null : reached(alert, market.get(alert.symbol).forming);
    return barrier === null ? "" : `at ${barrier} `;
  };
  return (
    <span className={classes.rLine}>
      <LiveText read={at} className={classes.dim} testId="reached" />
      <LiveText read={() => r(now())} tone={() => toneOf(now())} className={className} testId="r-now" />
    </span>
  );
}

function toneOf(value: number | null): string {
  return value === null || Math.abs(value) < 0.005 ? "flat" : value > 0 ? "up" : "down";
}

function ShortBody({ alert, instrument }: { alert: Alert; instrument: Instrument | undefined }): JSX.Element {
  return (
    <div className={classes.short}>
      <span className={classes.shortText}>
        {alert.delivered ? levelWords(alert, instrument?.tickSize ?? 0.01).short : shortGate(alert)}
      </span>
      {alert.demo && <span className={classes.tag}>demo</span>}
      {alert.label !== null && <span className={classes.labelled}>{LABEL_TEXT[alert.label.label]}</span>}
      <span className={classes.dim}>{confidence(alert.confidence)}</span>
      <RNow alert={alert} large={false} />
    </div>
  );
}

function OpenBody(props: ContentProps & { title: string }): JSX.Element {
  const { alert, slots, title, instrument } = props;
  const { riskPerTrade } = useSession();
  const tick = instrument?.tickSize ?? 0.01;
  const size = sizeFor(alert, tick, riskPerTrade);
  const waiting = alert.delivered ? null : waitingWords(alert);
  return (
    <div className={classes.body}>
      <div className={classes.line}>
        <span className={classes.rule}>{title}</span>
        <RNow alert={alert} large />
      </div>
      <p className={classes.why}>{alert.why}</p>
      {alert.revision !== null && <p className={classes.revised} data-verdict={alert.revision} data-testid="revised">{revisionWords(alert.revision)}</p>}
      <Levels alert={alert} tick={tick} size={size} riskPerTrade={riskPerTrade} />
      <Confidence alert={alert} />
      <p className={classes.gate} data-testid="gate-sentence">
        {gateSentence(alert)}
      </p>
      <Week alert={alert} />
      {waiting !== null && <p className={classes.waiting}>{waiting}</p>}
      {slots.feedback(alert)}
      <CardActions alert={alert} title={title}>
        {alert.delivered && <TookIt alert={alert} instrument={instrument} size={size} />}
        {slots.note(alert)}
      </CardActions>
    </div>
  );
}

interface LevelsProps {
  alert: Alert;
  tick: number;
  size: number | null;
  riskPerTrade: number | null;
}

function Levels({ alert, tick, size, riskPerTrade }: LevelsProps): JSX.Element {
  const { entry, stop, target } = levelWords(alert, tick);
  return (
    <dl className={classes.levels}>
      <div>
        <dt>Entry</dt>
        <dd>{entry}</dd>
      </div>
      <div>
        <dt>Stop −1R</dt>
        <dd>{stop}</dd>
      </div>
      <div>
        <dt>Target +1.5R</dt>
        <dd>{target}</dd>
      </div>
      <div>
        <dt>Size</dt>
        <dd>{riskPerTrade === null ? <Link to="/settings?section=risk">set risk</Link> : size === null ? DASH : volume(size)}</dd>
      </div>
    </dl>
  );
}

function Confidence({ alert }: { alert: Alert }): JSX.Element {
  const rules = useRuleCalibrations().data;
  const bins = rules && (rules.find((rule) => rule.ruleId === alert.ruleId)?.bins ?? []);
  return (
    <div className={classes.confidence}>
      <span className={classes.confidenceValue}>{confidence(alert.confidence)}</span>
      <ConfidenceBar value={alert.confidence} gate={gateOf(alert)} />
      <span className={classes.dim}>{bins ? calibrationWords(binOf(bins, alert.confidence)) : DASH}</span>
    </div>
  );
}

/** The rule as it stands now: a label moves these numbers in place. */
function Week({ alert }: { alert: Alert }): JSX.Element {
  const week = useRuleMetrics().data?.find((item) => item.ruleId === alert.ruleId)?.windows["7d"];
  const preview = useRiskPreviews().data?.find((item) => item.ruleId === alert.ruleId);
  return (
    <p className={classes.week}>
      <span>{regimeWords(alert.regime)}</span>
      <span>{weekWords(week)}</span>
      <span data-testid="gate-now">
        gate now{" "}
        <span key={preview?.current.minConfidence} className={classes.changed}>
          {gate(preview?.current.minConfidence)}
        </span>
      </span>
    </p>
  );
}
