import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type JSX } from "react";
import { Link } from "react-router";

import { api } from "@/shared/api/endpoints";
import { keys } from "@/shared/api/queries";
import type { ScoreStep } from "@/shared/api/types";
import { change, plural, signedNumber } from "@/shared/lib/format";
import { exchangeDay, exchangeTime } from "@/shared/lib/marketTime";
import { Moment } from "@/shared/ui/Moment";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import classes from "./detail.module.css";
import { GateValue } from "./GateValue";
import { causeWords, countedLate, layout, scoreLimit, scorePoints, scoreY, since, stairs, type Point } from "./model";

const WIDTH = 640;
const HEIGHT = 132;
const SHOWN = 8;
const MANY = 80;

interface ScoreHistoryProps {
  ruleId: string;
  /** Where it stands now. */
  score: number;
  /** Nothing of the rule has come to this trader: there is no alert to label. */
  silent: boolean;
}

/** How the score came to where it is: every step with its cause. */
export function ScoreHistory({ ruleId, score, silent }: ScoreHistoryProps): JSX.Element {
  const query = useQuery({ queryKey: keys.ruleScores(ruleId), queryFn: () => api.ruleScores(ruleId) });
  return (
    <section>
      <h2>Score, step by step</h2>
      <QueryView query={query} loading={<Loading label="Loading the score's history" rows={5} />}>
        {(page) =>
          page.results.length === 0 ? (
            <Empty
              reason={`Nothing of yours has moved this score yet: it stands at ${signedNumber(score)} by everybody's results.`}
              action={
                silent ? undefined : (
                  <Button component={Link} to="/journal?tab=review">
                    Label alerts in Review
                  </Button>
                )
              }
            />
          ) : (
            <History steps={page.results} more={page.next !== null} score={score} />
          )
        }
      </QueryView>
    </section>
  );
}

interface HistoryProps {
  steps: readonly ScoreStep[];
  more: boolean;
  score: number | undefined;
}

function History({ steps, more, score }: HistoryProps): JSX.Element {
  const points = scorePoints(steps);
  const apart = since(steps, score);
  const [chosen, setChosen] = useState<number | null>(null);
  const [all, setAll] = useState(false);
  return (
    <>
      <ScoreChart points={points} chosen={chosen} choose={setChosen} />
      <p className={classes.dim}>
        {plural(steps.length, more ? "newest step" : "step")}, evenly spaced, in the order in which they were counted; point at one to find it in the table.
      </p>
      {apart !== null && <p className={classes.apart}>{apart}</p>}
      <StepTable steps={all ? steps : steps.slice(0, SHOWN)} chosen={chosen} choose={setChosen} />
      {steps.length > SHOWN && (
        <button type="button" className={classes.more} aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? `Show the last ${SHOWN}` : `Show all ${steps.length}`}
        </button>
      )}
    </>
  );
}

interface ChartProps {
  points: readonly Point[];
  chosen: number | null;
  choose: (id: number | null) => void;
}

/** −limit … +limit; a filled mark is a label or its undo, a hollow one an outcome, trade or new day. */
function ScoreChart({ points, chosen, choose }: ChartProps): JSX.Element {
  const limit = scoreLimit(points);
  const places = layout(points, limit, WIDTH, HEIGHT);
  const startY = scoreY(points[0]?.step.score.before ?? 0, limit, HEIGHT);
  const radius = points.length > MANY ? 2 : 3.5;
  const first = points[0];
  const last = points[points.length - 1];
  return (
    <figure className={classes.chart}>
      <div className={classes.chartScale} aria-hidden>
        <span>+{limit}</span>
        <span>0</span>
        <span>−{limit}</span>
      </div>
      <svg viewBox={`-4 -4 ${WIDTH + 8} ${HEIGHT + 8}`} className={classes.chartArea} role="img" aria-label={chartWords(points)}>
        {[0, HEIGHT / 2, HEIGHT].map((y) => (
          <line key={y} x1="0" x2={WIDTH} y1={y} y2={y} className={classes.grid} />
        ))}
        <path d={stairs(places, startY)} className={classes.scoreLine} />
        {points.map((point, index) => {
          const place = places[index] ?? { x: 0, y: 0 };
          const byHand = point.step.cause === "label" || point.step.cause === "undo";
          return (
            <circle
              key={point.step.id}
              cx={place.x}
              cy={place.y}
              r={chosen === point.step.id ? 6 : radius}
              className={byHand ? classes.markFilled : classes.markHollow}
              data-chosen={chosen === point.step.id || undefined}
              onPointerEnter={() => choose(point.step.id)}
              onPointerLeave={() => choose(null)}
            >
              <title>{`${when(point.step)}: ${causeWords(point.step)}, ${change(point.step.score.before, point.score, signedNumber)}`}</title>
            </circle>
          );
        })}
      </svg>
      <figcaption className={classes.chartEnds}>
        <span>{first && when(first.step)}</span>
        <span className={classes.legend}>
          <svg viewBox="0 0 10 10" aria-hidden>
            <circle cx="5" cy="5" r="3.5" className={classes.markFilled} />
          </svg>
          your label
          <svg viewBox="0 0 10 10" aria-hidden>
            <circle cx="5" cy="5" r="3.5" className={classes.markHollow} />
          </svg>
          outcome, trade, day
        </span>
        <span>{last && when(last.step)}</span>
      </figcaption>
    </figure>
  );
}

function chartWords(points: readonly Point[]): string {
  const [first, last] = [points[0], points[points.length - 1]];
  if (!first || !last) return "Score";
  return `Score from ${signedNumber(first.step.score.before)} to ${signedNumber(last.score)} in ${plural(points.length, "step")}`;
}

function when(step: ScoreStep): string {
  const at = Date.parse(step.marketTs);
  return `${exchangeDay(at, "XNYS")} ${exchangeTime(at, "XNYS")}`;
}

/** Three decimals in every row: digits stay under digits, and most steps can be told. */
function moved({ score }: ScoreStep): string {
  const [before, after] = [signedNumber(score.before, 3), signedNumber(score.after, 3)];
  return before === after ? after : `${before} → ${after}`;
}

interface TableProps {
  steps: readonly ScoreStep[];
  chosen: number | null;
  choose: (id: number | null) => void;
}

function StepTable({ steps, chosen, choose }: TableProps): JSX.Element {
  const late = countedLate(steps);
  return (
    <table className={`${classes.small} ${classes.steps}`}>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col" className={classes.text}>
            Cause
          </th>
          <th scope="col">Score</th>
          <th scope="col" className={classes.gateHead}>
            Gate
          </th>
        </tr>
      </thead>
      <tbody>
        {steps.map((step) => (
          <tr
            key={step.id}
            data-chosen={chosen === step.id || undefined}
            onPointerEnter={() => choose(step.id)}
            onPointerLeave={() => choose(null)}
          >
            <th scope="row">
              <Moment ts={Date.parse(step.marketTs)} calendar="XNYS" date="day" />
              {late.has(step.id) && <span className={classes.faint}>, counted later</span>}
            </th>
            <td className={classes.text}>{causeWords(step)}</td>
            <td>{moved(step)}</td>
            <td>
              <GateValue from={step.gates.before} to={step.gates.after} score={step.score.after} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
