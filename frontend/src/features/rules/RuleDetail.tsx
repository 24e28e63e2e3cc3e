import { DataList } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { JSX, ReactNode } from "react";

import { useRiskPreviews, useRuleMetrics } from "@/shared/api/queries";
import type { Alert, JsonSchema, RiskLock, Rule, RuleWindow } from "@/shared/api/types";
import { countdown, duration, expectancy, gate, r, rate, signedNumber } from "@/shared/lib/format";
import { useNow } from "@/shared/lib/useNow";
import { useRealtime } from "@/shared/realtime/context";
import { Loading } from "@/shared/ui/states";

import { againstBreakEven, BREAK_EVEN, held, reasonWords } from "./model";
import { Review } from "./Review";
import { Disagreements } from "./RuleAlerts";
import classes from "./rules.module.css";
import { ScoreHistory } from "./ScoreHistory";

interface RuleDetailProps {
  rule: Rule;
  /** The buttons that label a signal; they belong to another feature. */
  feedback: (alert: Alert) => ReactNode;
}

/** Why a rule stands where it stands, for this trader. */
export function RuleDetail({ rule, feedback }: RuleDetailProps): JSX.Element {
  const metrics = useRuleMetrics().data?.find((item) => item.ruleId === rule.ruleId);
  return (
    <div className={classes.detail}>
      <p className={classes.dim}>{rule.description}</p>
      <Parameters schema={rule.params} />
      <Gates ruleId={rule.ruleId} />
      {metrics && <Windows week={metrics.windows["7d"]} month={metrics.windows["30d"]} />}
      <ScoreHistory ruleId={rule.ruleId} />
      <Review ruleId={rule.ruleId} />
      <Disagreements ruleId={rule.ruleId} feedback={feedback} />
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
          <DataList.ItemLabel>Cooldown</DataList.ItemLabel>
          <DataList.ItemValue>
            {duration(preview.base.cooldownSeconds)} → {duration(preview.current.cooldownSeconds)}
          </DataList.ItemValue>
        </DataList.Item>
        <DataList.Item>
          <DataList.ItemLabel>Locks</DataList.ItemLabel>
          <DataList.ItemValue>{preview.locks.length === 0 ? "none" : <Locks locks={preview.locks} />}</DataList.ItemValue>
        </DataList.Item>
      </DataList>
      <ul className={classes.reasons}>
        {preview.reasons.map((reason) => (
          <li key={reason}>{reasonWords(reason)}</li>
        ))}
      </ul>
    </section>
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
          <IconLock size={14} aria-hidden /> {lock.reason}
          {lock.until !== null && <span className={classes.left}>{left(lock.until)}</span>}
        </li>
      ))}
    </ul>
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
