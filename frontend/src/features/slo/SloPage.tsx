import { Button, VisuallyHidden } from "@mantine/core";
import type { JSX } from "react";

import { useSlo, useSloSeries } from "@/shared/api/queries";
import type { Measure, Objective, Slo } from "@/shared/api/types";
import { cases, count, latency } from "@/shared/lib/format";
import { Moment } from "@/shared/ui/Moment";
import { PageHead } from "@/shared/ui/PageHead";
import { Scroll } from "@/shared/ui/Scroll";
import { HealthShape } from "@/shared/ui/shapes";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import {
  budget,
  budgetShare,
  BURN_WINDOWS,
  burnRate,
  isBurning,
  promise,
  share,
  sparkline,
  stateOf,
  windowWords,
} from "./model";
import classes from "./slo.module.css";

const MINUTES = 60;
const BOX = { width: 240, height: 48 };

/** Whether Coach keeps what it promises: each promise, its budget, how fast that burns. */
export function SloPage(): JSX.Element {
  const slo = useSlo();
  return (
    <div className={classes.page}>
      <PageHead
        title="Service levels"
        about="Each promise allows a few misses, its budget. A burn of 1× spends the budget exactly within the window."
      />
      <Scroll label="Promises" className={classes.scroll}>
        <QueryView query={slo} loading={<Loading label="Loading the service levels" rows={5} height={120} />}>
          {(data) =>
            data.objectives.length === 0 ? (
              <Empty
                reason="No objectives are defined in observability/objectives.toml."
                action={<Button onClick={() => void slo.refetch()}>Read it again</Button>}
              />
            ) : (
              <Objectives slo={data} stale={slo.error !== null} />
            )
          }
        </QueryView>
      </Scroll>
    </div>
  );
}

function Objectives({ slo, stale }: { slo: Slo; stale: boolean }): JSX.Element {
  const at = Date.parse(slo.asOf);
  return (
    <>
      <p className={classes.asOf} data-stale={stale || undefined}>
        {stale ? "The server does not answer; figures as of " : "As of "}
        <Moment ts={at} calendar="24/7" />, real time, which a replayed market&apos;s clock is not. Stream reconnects: {count(slo.sseReconnects.lastHour)} in the last hour, {count(slo.sseReconnects.total)} in all.
      </p>
      <ul className={classes.list}>
        {slo.objectives.map((objective) => (
          <li key={objective.name}>
            <ObjectiveCard objective={objective} slo={slo} />
          </li>
        ))}
      </ul>
    </>
  );
}

function ObjectiveCard({ objective, slo }: { objective: Objective; slo: Slo }): JSX.Element {
  const measure = objective.measure as Measure;
  const hour = slo.metrics[measure];
  const state = stateOf(objective, hour.count);
  return (
    <article className={classes.card} aria-label={objective.title}>
      <div className={classes.title}>
        <h2>{objective.title}</h2>
        <span className={classes.state} title={state.meaning}>
          <HealthShape health={state.health} /> {state.word}
        </span>
        <p className={classes.dim}>
          {promise(objective)}, over {windowWords(objective.window)}
        </p>
      </div>
      <dl className={classes.figures}>
        <div>
          <dt>Kept</dt>
          <dd>
            <span className={classes.big}>{share(objective.sli)}</span>
            {objective.sli !== null && <span className={classes.n}> {cases(objective.count)}</span>}
          </dd>
        </div>
        <div>
          <dt>Error budget</dt>
          <dd>
            <BudgetBar left={objective.budgetLeft} /> {budget(objective.budgetLeft)}
          </dd>
        </div>
        <div>
          <dt>Last hour, p50 / p95 / p99</dt>
          <dd>
            {latency(hour.p50)} / {latency(hour.p95)} / {latency(hour.p99)} <span className={classes.n}>{cases(hour.count)}</span>
          </dd>
        </div>
      </dl>
      <Burns burn={objective.burn} title={objective.title} />
      <Trend objective={objective} measure={measure} asOf={Date.parse(slo.asOf)} />
    </article>
  );
}

function BudgetBar({ left }: { left: number | null }): JSX.Element {
  const width = budgetShare(left) * 96;
  return (
    <svg className={classes.bar} viewBox="0 0 96 8" aria-hidden data-spent={(left !== null && left <= 0) || undefined}>
      <rect className={classes.track} width="96" height="8" rx="2" />
      {left !== null && <rect className={classes.left} width={width} height="8" rx="2" />}
    </svg>
  );
}

function Burns({ burn, title }: { burn: Objective["burn"]; title: string }): JSX.Element {
  return (
    <table className={classes.burns}>
      <VisuallyHidden component="caption">Burn rates of: {title}</VisuallyHidden>
      <thead>
        <tr>
          <th scope="col">Burn over</th>
          {BURN_WINDOWS.map(({ window, words }) => (
            <th key={window} scope="col">
              {words}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">Rate</th>
          {BURN_WINDOWS.map(({ window, rate }) => (
            <td key={window} data-burning={isBurning(burn[window], rate) || undefined}>
              {isBurning(burn[window], rate) && <HealthShape health="poor" size={8} />} {burnRate(burn[window])}
              {isBurning(burn[window], rate) && <VisuallyHidden>, over {rate}×</VisuallyHidden>}
            </td>
          ))}
        </tr>
      </tbody>
    </table>
  );
}

/** On the server's clock alone, `asOf` in epoch ms: a browser's may be wrong by minutes. */
function Trend({ objective, measure, asOf }: { objective: Objective; measure: Measure; asOf: number }): JSX.Element {
  const series = useSloSeries(measure, MINUTES);
  const points = series.data ?? [];
  const now = Math.max(asOf, ...points.map((point) => point.ts));
  const line = sparkline(points, { now, minutes: MINUTES, bound: objective.withinMs, ...BOX });
  const worst = Math.max(...points.map((point) => point.p95 ?? 0));
  const words =
    points.length === 0
      ? "No samples in the last hour"
      : `p95 by minute, last hour: worst ${latency(worst)}, bound ${objective.withinMs} ms`;
  return (
    <figure className={classes.trend}>
      <svg viewBox={`0 0 ${BOX.width} ${BOX.height}`} role="img" aria-label={words} preserveAspectRatio="none">
        <line className={classes.bound} x1="0" x2={BOX.width} y1={line.boundY} y2={line.boundY} />
        {line.runs.map((run) => (
          <polyline key={run} className={classes.line} points={run} />
        ))}
      </svg>
      <figcaption>{words}</figcaption>
    </figure>
  );
}
