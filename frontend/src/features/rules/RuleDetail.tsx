import { Button, DataList } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { JSX, ReactNode } from "react";
import { Link } from "react-router";

import { useRiskPreviews, useRuleMetrics, useWatchlist } from "@/shared/api/queries";
import type { Alert, JsonSchema, RiskLock, RiskPreview, Rule, RuleMetrics } from "@/shared/api/types";
import { countdown, duration, gate, plural, r, signedNumber } from "@/shared/lib/format";
import { reasonWords } from "@/shared/lib/reason";
import { useNow } from "@/shared/lib/useNow";
import { useRealtime } from "@/shared/realtime/context";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import classes from "./detail.module.css";
import { gateLimit } from "./model";
import { Review } from "./Review";
import { Disagreements } from "./RuleAlerts";
import { ScoreHistory } from "./ScoreHistory";
import { Windows } from "./Windows";

interface RuleDetailProps {
  rule: Rule;
  /** The buttons that label a signal; they belong to another feature. */
  feedback: (alert: Alert) => ReactNode;
}

/** Why a rule stands where it stands, for this trader. */
export function RuleDetail({ rule, feedback }: RuleDetailProps): JSX.Element {
  const metrics = useRuleMetrics();
  const previews = useRiskPreviews();
  return (
    <div className={classes.detail}>
      <div>
        <p className={classes.dim}>{rule.description}</p>
        <Parameters schema={rule.params} />
      </div>
      <section>
        <h2>Gates now</h2>
        <QueryView query={previews} loading={<Loading label="Loading the gates" rows={3} />}>
          {(all) => all.filter((item) => item.ruleId === rule.ruleId).map((preview) => <Gates key={preview.ruleId} preview={preview} />)}
        </QueryView>
      </section>
      {metrics.data === undefined && <h2>Windows</h2>}
      <QueryView query={metrics} loading={<Loading label="Loading the windows" rows={7} />}>
        {(all) =>
          all
            .filter((item) => item.ruleId === rule.ruleId)
            .map((figures) => <Evidence key={figures.ruleId} rule={rule} metrics={figures} feedback={feedback} />)
        }
      </QueryView>
    </div>
  );
}

/** What the rule's signals came to, once there are some. */
function Evidence({ rule, metrics, feedback }: RuleDetailProps & { metrics: RuleMetrics }): JSX.Element {
  const { ruleId } = rule;
  const silent = metrics.windows["30d"].fired === 0;
  return (
    <>
      {silent ? <NoSignals rule={rule} /> : <Windows windows={metrics.windows} />}
      <ScoreHistory ruleId={ruleId} score={metrics.score} silent={silent} />
      {!silent && (
        <>
          <Review ruleId={ruleId} />
          <Disagreements ruleId={ruleId} feedback={feedback} />
        </>
      )}
    </>
  );
}

function NoSignals({ rule }: { rule: Rule }): JSX.Element {
  const watched = useWatchlist().data?.length;
  return (
    <Empty
      reason={`${rule.title} has not fired on your symbols in 30 days.${watched === undefined ? "" : ` It watches ${plural(watched, "symbol")}.`}`}
      action={
        <Button component={Link} to="/backtest">
          Try it on the past
        </Button>
      }
    />
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

function Gates({ preview }: { preview: RiskPreview }): JSX.Element {
  const { base, current, score } = preview;
  const limit = gateLimit(score);
  const cooldown = [duration(base.cooldownSeconds), duration(current.cooldownSeconds)];
  return (
    <>
      <DataList withDivider>
        <Item label="Governor">{preview.governor === "v1" ? "V1, by confidence" : "V2, by expected value"}</Item>
        <Item label="Confidence gate">
          {gate(base.minConfidence)} → {gate(current.minConfidence)}
          {limit !== null && `, its ${limit},`} at score {signedNumber(score)}
        </Item>
        {preview.expectedValue !== undefined && (
          <Item label="Expected value at the base">
            {r(preview.expectedValue)} against {r(preview.price ?? 0)}
          </Item>
        )}
        <Item label="Cooldown">{cooldown[0] === cooldown[1] ? cooldown[1] : cooldown.join(" → ")}</Item>
        <Item label="Locks">{preview.locks.length === 0 ? "none" : <Locks locks={preview.locks} />}</Item>
      </DataList>
      <ul className={classes.reasons}>
        {preview.reasons.map((reason) => (
          <li key={reason}>{reasonWords(reason)}</li>
        ))}
      </ul>
    </>
  );
}

function Item({ label, children }: { label: string; children: ReactNode }): JSX.Element {
  return (
    <DataList.Item>
      <DataList.ItemLabel>{label}</DataList.ItemLabel>
      <DataList.ItemValue>{children}</DataList.ItemValue>
    </DataList.Item>
  );
}

/** What holds the rule back now, with the time left on the market's clock. */
function Locks({ locks }: { locks: readonly RiskLock[] }): JSX.Element {
  const { market } = useRealtime();
  useNow(1000);
  const left = (until: string): string =>
    market.marketNow === null ? "" : countdown(Date.parse(until) - market.marketNow);
  return (
    <ul className={classes.locks}>
      {locks.map((lock) => (
        <li key={lock.code}>
          <IconLock size={14} aria-hidden /> {reasonWords(lock.reason)}
          {lock.until !== null && <span className={classes.left}>{left(lock.until)}</span>}
        </li>
      ))}
    </ul>
  );
}
