import { Button } from "@mantine/core";
import type { JSX } from "react";
import { Link } from "react-router";

import type { Bin, Group, JournalStats } from "@/shared/api/journal";
import { useRuleName } from "@/shared/api/ruleNames";
import { cases, count, FEW, number, plural, r, share, signedNumber, tooFew } from "@/shared/lib/format";
import { Scroll } from "@/shared/ui/Scroll";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import classes from "./journal.module.css";
import { useStats } from "./queries";
import { byCount, byWeek, expectancyWords, hourName, planName, regimeName, tagName, toneOfMean, weekdayName } from "./words";

/** What the trades have in common, and what that was worth. */
export function Breakdown(): JSX.Element {
  const stats = useStats();
  return (
    <Scroll label="What the trades have in common" className={classes.scroll}>
      <QueryView query={stats} loading={<Loading label="Loading the breakdown" rows={10} height={40} />}>
        {(data) =>
          data.all.n === 0 ? (
            <Empty
              reason={data.withoutR > 0 ? `${plural(data.withoutR, "closed trade")}, none with a stop or an alert: nothing to count in R.` : "No closed trades yet."}
              action={<Button component={Link} to="/journal?tab=trades">{data.withoutR > 0 ? "Give them stops" : "Add or import trades"}</Button>}
            />
          ) : (
            <Figures stats={data} />
          )
        }
      </QueryView>
    </Scroll>
  );
}

function Figures({ stats }: { stats: JournalStats }): JSX.Element {
  const nameOf = useRuleName();
  const ruleName = (key: string): string => (key === "" ? "No alert" : nameOf(key));
  return (
    <div className={classes.breakdown}>
      <Summary stats={stats} />
      <Distribution bins={stats.distribution} n={stats.all.n} />
      <Table title="By rule" groups={byCount(stats.byRule)} name={ruleName} testId="by-rule" />
      <Table title="By hour of entry" groups={stats.byHour} name={hourName} />
      <Table title="By weekday" groups={byWeek(stats.byWeekday)} name={weekdayName} />
      <Table title="By regime at the alert" groups={byCount(stats.byRegime)} name={regimeName} />
      <Table title="By tag" groups={byCount(stats.byTag)} name={tagName} />
      <Table title="Planned or not" groups={byCount(stats.byPlan)} name={planName} />
    </div>
  );
}

function Summary({ stats }: { stats: JournalStats }): JSX.Element {
  const { all } = stats;
  const figures: [string, string][] = [
    ["Expectancy", expectancyWords(all)],
    ["Trades", count(all.n)],
    ["Total", r(all.total)],
    ["Won", all.n < FEW ? `${count(all.wins)} of ${count(all.n)}` : share(all.wins, all.n)],
    ["Profit factor", all.n < FEW ? tooFew(all.n) : number(all.profitFactor, 2)],
  ];
  return (
    <section className={classes.summary} aria-label="All trades">
      <dl className={classes.figures}>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className={classes.dim}>
        R after fees, not clipped. Intervals are 95 %, from six trades on; below {FEW} trades an average says nothing.
        {stats.withoutR > 0 && ` ${plural(stats.withoutR, "closed trade")} without a stop or an alert: no R, not counted.`}
        {stats.demo && " Some of these trades came with the demo."}
      </p>
    </section>
  );
}

function Distribution({ bins, n }: { bins: readonly Bin[]; n: number }): JSX.Element {
  const most = Math.max(...bins.map((bin) => bin.trades), 1);
  const name = ({ low, high }: Bin): string => (low === null ? `< ${signedNumber(high, 0)}` : high === null ? `≥ ${signedNumber(low, 0)}` : signedNumber(low, 1));
  return (
    <section className={classes.block} aria-label="Distribution of R">
      <header className={classes.blockHead}>
        <h2>Distribution of R</h2>
        <span className={classes.dim}>each bar from its figure up to the next, {cases(n)}</span>
      </header>
      <ol className={classes.bins}>
        {bins.map((bin) => (
          <li key={`${bin.low}`} data-side={(bin.high ?? 1) <= 0 ? "loss" : "win"}>
            <span className={classes.binCount}>{bin.trades > 0 ? count(bin.trades) : ""}</span>
            <span className={classes.binBar} style={{ height: `${(bin.trades / most) * 100}%` }} />
            <span className={classes.binName}>{name(bin)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** "By hour of entry" → "Hour of entry". */
function headOf(title: string): string {
  const name = title.replace(/^By /, "");
  return name.charAt(0).toUpperCase() + name.slice(1);
}

interface TableProps {
  title: string;
  groups: readonly Group[];
  name: (key: string) => string;
  testId?: string;
}

function Table({ title, groups, name, testId }: TableProps): JSX.Element {
  return (
    <section className={classes.block} aria-label={title} data-testid={testId}>
      <header className={classes.blockHead}>
        <h2>{title}</h2>
      </header>
      <Scroll label={title} className={classes.tableScroll}>
        <table className={classes.groups}>
          <thead>
            <tr>
              <th scope="col">{headOf(title)}</th>
              <th scope="col">Expectancy (95 %)</th>
              <th scope="col">Won</th>
              <th scope="col">Total</th>
              <th scope="col">n</th>
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <tr key={group.key} data-few={group.n < FEW || undefined}>
                <th scope="row">{name(group.key)}</th>
                <td data-sign={toneOfMean(group)}>{expectancyWords(group)}</td>
                <td>
                  {count(group.wins)} of {count(group.n)}
                </td>
                <td>{r(group.total)}</td>
                <td>{count(group.n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
