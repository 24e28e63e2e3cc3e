import { DataList } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { JSX } from "react";

import { api } from "@/shared/api/endpoints";
import { keys, useRiskPreviews, useRuleHistory, useRuleMetrics } from "@/shared/api/queries";
import type { Alert, JsonSchema, Rule, RuleWindow, ScoreStep } from "@/shared/api/types";
import { calibration } from "@/shared/lib/calibration";
import { DASH, expectancy, gate, number, plural, r, rate, signedNumber } from "@/shared/lib/format";
import { exchangeDay, exchangeTime } from "@/shared/lib/marketTime";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import { againstBreakEven, BREAK_EVEN, causeWords, held, heldBack, labelMatrix, LABELS, VERDICTS } from "./model";
import classes from "./rules.module.css";

const VERDICT_WORD = { good: "Good outcome", neutral: "Neutral", bad: "Bad outcome", open: "Not known" } as const;
const LABEL_WORD = { good: "Good", bad: "Bad", late: "Late", missed: "Missed", none: "No label" } as const;

export function RuleDetail({ rule }: { rule: Rule }): JSX.Element {
  const metrics = useRuleMetrics().data?.find((item) => item.ruleId === rule.ruleId);
  const history = useRuleHistory(rule.ruleId);
  return (
    <div className={classes.detail}>
      <p className={classes.dim}>{rule.description}</p>
      <Parameters schema={rule.params} />
      <Gates ruleId={rule.ruleId} />
      {metrics && <Windows week={metrics.windows["7d"]} month={metrics.windows["30d"]} />}
      <QueryView query={history} loading={<Loading label="Loading the rule's decisions" rows={8} />}>
        {(alerts) => <Evidence alerts={alerts} />}
      </QueryView>
      <Steps ruleId={rule.ruleId} />
    </div>
  );
}

function Parameters({ schema }: { schema: JsonSchema }): JSX.Element | null {
  const entries = Object.entries(schema.properties ?? {});
  if (entries.length === 0) return null;
  return (
    <p className={classes.dim}>
      Parameters: {entries.map(([name, item]) => `${name} ${String(item.default)}`).join(", ")}
    </p>
  );
}

function Gates({ ruleId }: { ruleId: string }): JSX.Element {
  const preview = useRiskPreviews().data?.find((item) => item.ruleId === ruleId);
  if (preview === undefined) return <Loading label="Loading the gates" rows={3} />;
  return (
    <section>
      <h2>Gates now</h2>
      <DataList withDivider>
        <DataList.Item>
          <DataList.ItemLabel>Governor</DataList.ItemLabel>
          <DataList.ItemValue>{preview.governor.toUpperCase()}</DataList.ItemValue>
        </DataList.Item>
        <DataList.Item>
          <DataList.ItemLabel>Confidence gate</DataList.ItemLabel>
          <DataList.ItemValue>
            {gate(preview.base.minConfidence)} → {gate(preview.current.minConfidence)} at score {signedNumber(preview.score)}
          </DataList.ItemValue>
        </DataList.Item>
        {preview.expectedValue !== undefined && (
          <DataList.Item>
            <DataList.ItemLabel>Expected value at the base</DataList.ItemLabel>
            <DataList.ItemValue>
              {r(preview.expectedValue)} against {r(preview.price ?? 0)}
            </DataList.ItemValue>
          </DataList.Item>
        )}
        <DataList.Item>
          <DataList.ItemLabel>Locks</DataList.ItemLabel>
          <DataList.ItemValue>{preview.locks.length === 0 ? "none" : preview.locks.map((lock) => lock.reason).join("; ")}</DataList.ItemValue>
        </DataList.Item>
      </DataList>
      <ul className={classes.reasons}>
        {preview.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </section>
  );
}

const JUDGEMENT = { above: "above break-even", below: "below break-even", unclear: "not told apart from break-even" } as const;

function Windows({ week, month }: { week: RuleWindow; month: RuleWindow }): JSX.Element {
  const rows: [string, (window: RuleWindow) => string][] = [
    ["Fired", (w) => `${w.fired}`],
    ["Sent, held back", (w) => `${w.actionable}, ${held(w)}`],
    ["Hit rate", (w) => rate(w.hitRate, w.hitRateLow, w.hitRateHigh, w.matured)],
    [`Against ${(BREAK_EVEN * 100).toFixed(0)} %`, (w) => JUDGEMENT[againstBreakEven(w)]],
    ["Expectancy", (w) => expectancy(w.expectancy, w.matured)],
    ["Labels good : bad", (w) => `${w.good} : ${w.bad} (n ${w.labelled})`],
    ["Label win rate", (w) => rate(w.winrate, w.winrateLow, w.winrateHigh, w.good + w.bad)],
  ];
  return (
    <section>
      <h2>Windows</h2>
      <table className={classes.small}>
        <thead>
          <tr>
            <th scope="col" aria-label="Figure" />
            <th scope="col">7 days</th>
            <th scope="col">30 days</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, text]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{text(week)}</td>
              <td>{text(month)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** From the rule's newest decisions, a thousand at most. */
function Evidence({ alerts }: { alerts: readonly Alert[] }): JSX.Element {
  if (alerts.length === 0) return <Empty reason="No decision on this rule yet." />;
  const matrix = labelMatrix(alerts);
  const waiting = heldBack(alerts);
  const net = waiting.saved - waiting.cost;
  return (
    <>
      <section>
        <h2>What holding back was worth</h2>
        <p className={classes.figure}>
          {waiting.n === 0 ? DASH : r(net)} <span className={classes.dim}>saved {number(waiting.saved, 2)}R, cost {number(waiting.cost, 2)}R, n {waiting.n}</span>
        </p>
      </section>
      <section>
        <h2>Calibration</h2>
        <p className={classes.dim}>Hit rate by confidence, {plural(alerts.length, "newest decision")}</p>
        <table className={classes.small}>
          <thead>
            <tr>
              <th scope="col">Confidence</th>
              <th scope="col">Hits</th>
            </tr>
          </thead>
          <tbody>
            {calibration(alerts).filter((bin) => bin.n > 0).map((bin) => (
              <tr key={bin.low}>
                <th scope="row">
                  {bin.low}–{bin.high}
                </th>
                <td>{rate(bin.hits / bin.n, null, null, bin.n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section>
        <h2>Labels and outcomes</h2>
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
            {LABELS.map((label) => (
              <tr key={label}>
                <th scope="row">{LABEL_WORD[label]}</th>
                {VERDICTS.map((verdict) => (
                  <td key={verdict}>{matrix[label][verdict]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

function Steps({ ruleId }: { ruleId: string }): JSX.Element {
  const query = useQuery({ queryKey: keys.ruleScores(ruleId), queryFn: () => api.ruleScores(ruleId) });
  return (
    <section>
      <h2>Score, step by step</h2>
      <QueryView query={query} loading={<Loading label="Loading the score's history" rows={5} />}>
        {(page) => (page.results.length === 0 ? <Empty reason="Nothing has moved this score yet. Label an alert of this rule." /> : <StepTable steps={page.results} />)}
      </QueryView>
    </section>
  );
}

function StepTable({ steps }: { steps: readonly ScoreStep[] }): JSX.Element {
  return (
    <table className={classes.small}>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Cause</th>
          <th scope="col">Score</th>
          <th scope="col">Gate</th>
        </tr>
      </thead>
      <tbody>
        {steps.map((step) => {
          const at = Date.parse(step.marketTs);
          return (
            <tr key={step.id}>
              <th scope="row">
                {exchangeDay(at, "XNYS")} {exchangeTime(at, "XNYS")}
              </th>
              <td>{causeWords(step)}</td>
              <td>
                {signedNumber(step.score.before)} → {signedNumber(step.score.after)}
              </td>
              <td>
                {gate(step.gates.before.minConfidence)} → {gate(step.gates.after.minConfidence)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
