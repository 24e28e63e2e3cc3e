import { Button, Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import type { JSX, ReactNode } from "react";
import { Link, useSearchParams } from "react-router";

import { useRiskPreviews, useRuleMetrics, useRules, useWatchlist } from "@/shared/api/queries";
import type { Alert, Rule } from "@/shared/api/types";
import { percent, plural, r } from "@/shared/lib/format";
import { PageHead } from "@/shared/ui/PageHead";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import { BREAK_EVEN, type RuleFigures } from "./model";
import { RuleCards } from "./RuleCards";
import { RuleDetail } from "./RuleDetail";
import classes from "./rules.module.css";
import { RulesTable } from "./RulesTable";

const PHONE = "(max-width: 720px)";
const ABOUT = `A hit is an outcome above ${r(0)}; the tick is break-even at ${percent(BREAK_EVEN)}. A score moves the gate by 3.0 at most: there it says max or min.`;

/** Which rules are worth listening to, for this trader. */
export function RulesPage({ feedback }: { feedback: (alert: Alert) => ReactNode }): JSX.Element {
  const rules = useRules();
  const [params, setParams] = useSearchParams();
  const chosen = params.get("rule");
  const open = (ruleId: string | null): void => setParams(ruleId === null ? {} : { rule: ruleId }, { replace: true });
  const rule = rules.data?.find((item) => item.ruleId === chosen);
  return (
    <div className={classes.page}>
      <PageHead title="Rules" about={ABOUT} />
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
          {(gates) => (
            <Listed
              open={open}
              rows={rules.map((rule) => ({
                rule,
                metrics: figures.find((item) => item.ruleId === rule.ruleId),
                preview: gates.find((item) => item.ruleId === rule.ruleId),
              }))}
            />
          )}
        </QueryView>
      )}
    </QueryView>
  );
}

function Listed({ rows, open }: { rows: readonly RuleFigures[]; open: (ruleId: string) => void }): JSX.Element {
  const phone = useMediaQuery(PHONE);
  const fired = rows.some(({ metrics }) => metrics !== undefined && metrics.windows["30d"].fired > 0);
  const List = phone ? RuleCards : RulesTable;
  return (
    <>
      {!fired && <NothingYet rules={rows.length} />}
      <List rows={rows} open={open} />
    </>
  );
}

/** Nothing has fired for this trader: what there is to wait for, and what need not wait. */
function NothingYet({ rules }: { rules: number }): JSX.Element {
  const watched = useWatchlist().data?.length;
  const watching = watched === undefined ? "" : ` ${plural(rules, "rule")} ${rules === 1 ? "watches" : "watch"} ${plural(watched, "symbol")}; what they find is counted here.`;
  return (
    <div className={classes.nothing}>
      <p>No signal of your symbols in the last 30 days.{watching}</p>
      <Button component={Link} to="/">
        Go to Live
      </Button>
      <Button component={Link} to="/backtest">
        Try them on the past
      </Button>
    </div>
  );
}
