import type { JSX } from "react";

import type { SweepResult, Variant, WalkForwardResult } from "@/shared/api/backtest";
import type { Rule } from "@/shared/api/types";
import { cases, count, DASH, FEW, number, percent, plural, r, tooFew } from "@/shared/lib/format";
import { sessionRange } from "@/shared/lib/marketTime";
import { Scroll } from "@/shared/ui/Scroll";

import { paramFields } from "../form/model";
import results from "../results/results.module.css";
import { expectancyWithInterval, interval, probability } from "../words";
import { Heatmap } from "./Heatmap";
import { heatOf, ranked } from "./model";
import classes from "./sweep.module.css";

const SHOWN = 60;

export interface SweepViewProps {
  result: SweepResult;
  rule: Rule | undefined;
  runVariant: (params: Record<string, number>) => void;
}

/** A sweep: the best variant, and how much of it luck explains. */
export function SweepView({ result, rule, runVariant }: SweepViewProps): JSX.Element {
  const heat = heatOf(result);
  const best = result.variants.find((variant) => variant.number === result.best);
  const title = (name: string): string =>
    (rule ? paramFields(rule.params) : []).find((field) => field.name === name)?.title ?? name;
  return (
    <div className={results.results}>
      <Summary result={result} best={best} />
      {heat && <Heatmap heat={heat} variants={result.variants} best={result.best} title={title} run={runVariant} />}
      {result.walkForward && <WalkForward walk={result.walkForward} />}
      <Variants variants={result.variants} best={result.best} run={runVariant} />
    </div>
  );
}

function Summary({ result, best }: { result: SweepResult; best: Variant | undefined }): JSX.Element {
  const walked = result.walkForward?.outOfSample;
  return (
    <dl className={classes.summary}>
      <div>
        <dt>Variants tried</dt>
        <dd>
          <b data-testid="tried">{count(result.tried)}</b>
          <span>
            {count(result.bars)} bars, {count(result.sessions)} sessions
            {result.skipped > 0 ? `; ${result.skipped} refused by the rule` : ""}
          </span>
        </dd>
      </div>
      <div>
        <dt>Best expectancy</dt>
        <dd>
          <b>{best ? r(best.expectancy.value) : DASH}</b>
          <span>{best ? `90 %: ${interval(best.expectancy.low, best.expectancy.high)}, ${cases(best.counted)}` : "no variant has 20 outcomes"}</span>
        </dd>
      </div>
      <div>
        <dt>Deflated Sharpe of the best</dt>
        <dd>
          <b>{number(best?.deflatedSharpe, 2)}</b>
          <span>chance that it is better than luck among {plural(result.tried, "try").replace("trys", "tries")}</span>
        </dd>
      </div>
      <div>
        <dt>Sharpe a trade, best and luck</dt>
        <dd>
          <b>{number(best?.sharpe.perTrade, 3)}</b>
          <span>the luckiest of {result.tried} worthless ones would show {number(result.expectedBestSharpe, 3)}</span>
        </dd>
      </div>
      {walked && (
        <div>
          <dt>Walked forward</dt>
          <dd>
            <b>{walked.outcomes < FEW ? DASH : r(walked.expectancy.value)}</b>
            <span>
              {walked.outcomes < FEW ? tooFew(walked.outcomes) : `90 %: ${interval(walked.expectancy.low, walked.expectancy.high)}, ${cases(walked.outcomes)}`}
            </span>
          </dd>
        </div>
      )}
    </dl>
  );
}

function params(values: Record<string, number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

/** A fold's first and last session. */
function sessionsOf(fold: readonly string[]): string {
  return sessionRange(fold[0] ?? "", fold.at(-1) ?? "");
}

function WalkForward({ walk }: { walk: WalkForwardResult }): JSX.Element {
  return (
    <section className={results.block} aria-label="Walk forward">
      <header className={results.blockHead}>
        <h2>Walk forward</h2>
        <span className={results.dim}>chosen on past sessions, traded on the next</span>
        <span className={results.space} />
        <span>{expectancyWithInterval(walk.outOfSample.expectancy, walk.outOfSample.outcomes)} out of sample</span>
      </header>
      <Scroll label="Walk forward" className={results.tableScroll}>
        <table className={results.table}>
          <thead>
            <tr>
              <th scope="col">Chosen on</th>
              <th scope="col">Traded on</th>
              <th scope="col" className={results.left}>
                Choice
              </th>
              <th scope="col">In sample</th>
              <th scope="col">Out of sample</th>
              <th scope="col">n</th>
            </tr>
          </thead>
          <tbody>
            {walk.folds.map((fold) => (
              <tr key={fold.test.join()}>
                <th scope="row">{sessionsOf(fold.train)}</th>
                <td>{sessionsOf(fold.test)}</td>
                <td className={results.left}>{fold.params ? params(fold.params) : "none had 20 outcomes"}</td>
                <td>{r(fold.trainExpectancy)}</td>
                <td>{r(fold.testExpectancy)}</td>
                <td>{number(fold.testOutcomes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

interface VariantsProps {
  variants: readonly Variant[];
  best: number | null;
  run: (params: Record<string, number>) => void;
}

function Variants({ variants, best, run }: VariantsProps): JSX.Element {
  const rows = ranked(variants);
  return (
    <section className={results.block} aria-label="Variants">
      <header className={results.blockHead}>
        <h2>Variants</h2>
        <span className={results.dim}>best expectancy first; click one to run it</span>
        <span className={results.space} />
        {rows.length > SHOWN && <span className={results.dim}>the best {SHOWN} of {count(rows.length)}</span>}
      </header>
      <div className={results.tableScroll}>
        <table className={results.table}>
          <thead>
            <tr>
              {["Parameters", "n", "Expectancy", "90 %", "Hit rate", "PF", "Per day", "p random", "Sharpe", "Deflated"].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, SHOWN).map((variant) => (
              <Row key={variant.number} variant={variant} best={variant.number === best} run={run} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ variant, best, run }: { variant: Variant; best: boolean; run: VariantsProps["run"] }): JSX.Element {
  return (
    <tr>
      <th scope="row">
        <button type="button" className={classes.link} onClick={() => run(variant.params)}>
          {params(variant.params)}
        </button>
        {best && <span className={results.dim}> best</span>}
      </th>
      <td>{count(variant.counted)}</td>
      {variant.tooFew ? (
        <td colSpan={8} className={results.few}>
          {tooFew(variant.counted)}
        </td>
      ) : (
        <>
          <td>{r(variant.expectancy.value)}</td>
          <td className={results.dim}>{interval(variant.expectancy.low, variant.expectancy.high)}</td>
          <td>{percent(variant.autoWinrate.value)}</td>
          <td>{number(variant.profitFactor, 2)}</td>
          <td>{number(variant.triggersPerDay, 1)}</td>
          <td>{probability(variant.pRandom)}</td>
          <td>{number(variant.sharpe.perTrade, 3)}</td>
          <td>{number(variant.deflatedSharpe, 2)}</td>
        </>
      )}
    </tr>
  );
}
