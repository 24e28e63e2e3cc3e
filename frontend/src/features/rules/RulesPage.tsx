import { Drawer, SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { JSX, ReactNode } from "react";
import { useSearchParams } from "react-router";

import { api } from "@/shared/api/endpoints";
import {
  keys,
  useRiskPreviews,
  useRuleMetrics,
  useRules,
  useRuleSettings,
  useSaveRuleSettings,
} from "@/shared/api/queries";
import type { Alert, RiskPreview, Rule, RuleMetrics, RuleWindow } from "@/shared/api/types";
import { DASH, duration, expectancy, gate, rate } from "@/shared/lib/format";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import { BREAK_EVEN, held } from "./model";
import { RuleDetail } from "./RuleDetail";
import classes from "./rules.module.css";
import { RateBar, ScoreBar, Sparkline } from "./ScoreBar";

const HEADS = ["Rule", "Alerts", "Score", "Gate", "Cooldown", "7 days", "30 days", "Hit rate 30 d", "Expectancy 30 d", "Good : bad 30 d", "Lately"];

/** Which rules are worth listening to, for this trader. */
export function RulesPage({ feedback }: { feedback: (alert: Alert) => ReactNode }): JSX.Element {
  const rules = useRules();
  const [params, setParams] = useSearchParams();
  const chosen = params.get("rule");
  const open = (ruleId: string | null): void => setParams(ruleId === null ? {} : { rule: ruleId }, { replace: true });
  const rule = rules.data?.find((item) => item.ruleId === chosen);
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <h1>Rules</h1>
        <p className={classes.dim}>
          Hit rates count outcomes above 0 R, with their 95 % interval; the tick is break-even at {(BREAK_EVEN * 100).toFixed(0)} %.
        </p>
      </header>
      <div className={classes.scroll}>
        <QueryView query={rules} loading={LOADING}>
          {(list) => (list.length === 0 ? <Empty reason="The evaluator has no rules." /> : <Figures rules={list} open={open} />)}
        </QueryView>
      </div>
      <Drawer
        opened={rule !== undefined}
        onClose={() => open(null)}
        position="right"
        size="min(720px, 100%)"
        title={rule?.title}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {rule && <RuleDetail key={rule.ruleId} rule={rule} feedback={feedback} />}
      </Drawer>
    </div>
  );
}

const LOADING = <Loading label="Loading the rules" rows={7} height={44} />;

interface FiguresProps {
  rules: readonly Rule[];
  open: (ruleId: string) => void;
}

/** A dash says that there is no figure; one that is still on its way is not told apart by it. */
function Figures({ rules, open }: FiguresProps): JSX.Element {
  const [metrics, previews] = [useRuleMetrics(), useRiskPreviews()];
  return (
    <QueryView query={metrics} loading={LOADING}>
      {(figures) => (
        <QueryView query={previews} loading={LOADING}>
          {(gates) => <Table rules={rules} metrics={figures} previews={gates} open={open} />}
        </QueryView>
      )}
    </QueryView>
  );
}

interface TableProps extends FiguresProps {
  metrics: readonly RuleMetrics[];
  previews: readonly RiskPreview[];
}

function Table({ rules, metrics, previews, open }: TableProps): JSX.Element {
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          {HEADS.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => (
          <Row
            key={rule.ruleId}
            rule={rule}
            metrics={metrics.find((item) => item.ruleId === rule.ruleId)}
            preview={previews.find((item) => item.ruleId === rule.ruleId)}
            open={open}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  rule: Rule;
  metrics: RuleMetrics | undefined;
  preview: RiskPreview | undefined;
  open: (ruleId: string) => void;
}

function Row({ rule, metrics, preview, open }: RowProps): JSX.Element {
  const week = metrics?.windows["7d"];
  const month = metrics?.windows["30d"];
  return (
    <tr>
      <th scope="row">
        <button type="button" className={classes.name} onClick={() => open(rule.ruleId)}>
          {rule.title}
        </button>
      </th>
      <td data-head={HEADS[1]}>
        <Mode ruleId={rule.ruleId} title={rule.title} />
      </td>
      <td data-head={HEADS[2]}>{metrics ? <ScoreBar score={metrics.score} /> : DASH}</td>
      <td data-head={HEADS[3]}>
        {gate(preview?.base.minConfidence)} → <b>{gate(preview?.current.minConfidence)}</b>
      </td>
      <td data-head={HEADS[4]}>{preview ? duration(preview.current.cooldownSeconds) : DASH}</td>
      <td data-head={HEADS[5]}>{counts(week)}</td>
      <td data-head={HEADS[6]}>{counts(month)}</td>
      <td data-head={HEADS[7]}>{month ? <HitRate window={month} /> : DASH}</td>
      <td data-head={HEADS[8]}>{expectancy(month?.expectancy, month?.matured)}</td>
      <td data-head={HEADS[9]}>{month ? `${month.good} : ${month.bad} (n ${month.labelled})` : DASH}</td>
      <td data-head={HEADS[10]}>
        <Lately ruleId={rule.ruleId} />
      </td>
    </tr>
  );
}

function counts(window: RuleWindow | undefined): string {
  return window ? `${window.actionable} sent, ${held(window)} held` : DASH;
}

function HitRate({ window }: { window: RuleWindow }): JSX.Element {
  const { hitRate, hitRateLow, hitRateHigh, matured } = window;
  const text = rate(hitRate, hitRateLow, hitRateHigh, matured);
  const enough = matured >= 20 && hitRate !== null && hitRateLow !== null && hitRateHigh !== null;
  return (
    <span className={classes.hit}>
      {enough && <RateBar value={hitRate} low={hitRateLow} high={hitRateHigh} breakEven={BREAK_EVEN} />}
      {text}
    </span>
  );
}

function Mode({ ruleId, title }: { ruleId: string; title: string }): JSX.Element {
  const settings = useRuleSettings(ruleId);
  const save = useSaveRuleSettings(ruleId);
  if (settings.data === undefined) return <>{DASH}</>;
  const { mode, mutedUntil } = settings.data;
  return (
    <span className={classes.mode}>
      <SegmentedControl
        aria-label={`Alerts of ${title}`}
        size="xs"
        value={mode}
        onChange={(value) => save.mutate({ mode: value, mutedUntil })}
        data={[
          { value: "on", label: "On" },
          { value: "silent", label: "Silent" },
          { value: "off", label: "Off" },
        ]}
      />
      {mutedUntil !== null && (
        <button type="button" className={classes.muted} onClick={() => save.mutate({ mode, mutedUntil: null })}>
          muted, unmute
        </button>
      )}
      {save.error && (
        <span role="alert" className={classes.problem}>
          {save.error.message}
        </span>
      )}
    </span>
  );
}

function Lately({ ruleId }: { ruleId: string }): JSX.Element {
  const scores = useQuery({ queryKey: keys.ruleScores(ruleId), queryFn: () => api.ruleScores(ruleId) });
  const steps = scores.data?.results ?? [];
  return <Sparkline values={steps.map((step) => step.score.after).reverse()} />;
}
