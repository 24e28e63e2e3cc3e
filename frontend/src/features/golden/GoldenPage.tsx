import { Button, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Fragment, useState, type JSX, type ReactNode } from "react";
import { Link, useSearchParams } from "react-router";

import { golden, goldenKeys, type Candidate, type GoldenCase, type GoldenOverview } from "@/shared/api/golden";
import { useRuleName } from "@/shared/api/ruleNames";
import { percent, plural } from "@/shared/lib/format";
import { KillRate } from "@/shared/ui/KillRate";
import { PageHead } from "@/shared/ui/PageHead";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import { CaseDrawer } from "./CaseDrawer";
import classes from "./golden.module.css";
import { between, paramWords, reviewWords } from "./model";
import { Status } from "./Status";

/** The corpus and one's own candidates: what they assert, what they notice, how they stand today. */
export function GoldenPage(): JSX.Element {
  const overview = useQuery({ queryKey: goldenKeys.overview, queryFn: golden.overview });
  const [params, setParams] = useSearchParams();
  const open = (name: string | null): void => setParams(name === null ? {} : { case: name });
  return (
    <div className={classes.page}>
      {overview.data === undefined && <PageHead title="Golden" />}
      <QueryView query={overview} loading={<Loading label="Running the golden cases" rows={14} />}>
        {(data) => (
          <>
            <Lists overview={data} open={open} />
            <CaseDrawer name={params.get("case")} overview={data} close={() => open(null)} />
          </>
        )}
      </QueryView>
    </div>
  );
}

function Lists({ overview, open }: { overview: GoldenOverview; open: (name: string) => void }): JSX.Element {
  const [ruleId, setRuleId] = useState<string | null>(null);
  const { requiredRate } = overview;
  const nameOf = useRuleName();
  const rules = [...new Set([...overview.cases, ...overview.candidates].map((item) => item.ruleId))].sort();
  const options = rules.map((value) => ({ value, label: nameOf(value) }));
  const everyRule = <Button onClick={() => setRuleId(null)}>Show every rule</Button>;
  const fits = (item: { ruleId: string }): boolean => ruleId === null || item.ruleId === ruleId;
  // What a rule does comes before what it refuses.
  const cases = overview.cases.filter(fits).sort((a, b) => Number(b.pass) - Number(a.pass));
  const candidates = overview.candidates.filter(fits);
  const failing = overview.cases.filter((item) => item.lastRun.status === "fail").length;
  return (
    <>
      <PageHead
        title="Golden"
        about={
          <>
            {plural(overview.cases.length, "case")}, {failing === 0 ? "all pass" : `${failing} fail`} on evaluator {overview.engineVersion.slice(0, 8)}. A
            candidate must alone notice {percent(requiredRate)} of the faults planted in its rule&apos;s code (the tick); the corpus
            notices a rule&apos;s faults together.
          </>
        }
        tools={<Select aria-label="Rule" placeholder="All rules" clearable w={220} data={options} value={ruleId} onChange={setRuleId} />}
      />
      <div className={classes.scroll}>
        <Table
          label="Your candidates"
          last="Review"
          empty={
            candidates.length > 0 ? null : overview.candidates.length > 0 ? (
              <Empty reason={`None of your ${plural(overview.candidates.length, "candidate")} is of this rule.`} action={everyRule} />
            ) : (
              <Empty
                reason="No candidate of yours. Run a backtest and promote a stretch of it."
                action={<Button component={Link} to="/backtest">Go to Backtest</Button>}
              />
            )
          }
        >
          {candidates.map((item) => (
            <Row key={item.id} item={item} required={requiredRate} open={open} last={reviewWords(item)} />
          ))}
        </Table>
        <Table label="The corpus" last="Evaluator" empty={cases.length > 0 ? null : <Empty reason="The corpus has no case of this rule." action={everyRule} />}>
          {cases.map((item) => (
            <Row key={item.name} item={item} required={requiredRate} together open={open} last={item.engineVersion.slice(0, 8)} />
          ))}
        </Table>
      </div>
    </>
  );
}

const HEADS = ["Name", "Rule", "Bars of", "Sessions", "Triggers", "Silent", "Faults noticed", "Today"] as const;
const NUMBERS: ReadonlySet<string> = new Set(["Triggers", "Silent"]);

function Table({ label, last, empty, children }: { label: string; last: string; empty: ReactNode; children: ReactNode }): JSX.Element {
  return (
    <section className={classes.block} aria-label={label}>
      <header className={classes.blockHead}>
        <h2>{label}</h2>
      </header>
      {empty ?? (
        <div className={classes.tableScroll}>
          <table className={`${classes.table} ${classes.corpus}`}>
            <thead>
              <tr>
                {[...HEADS, last].map((name) => (
                  <th key={name} scope="col" className={NUMBERS.has(name) ? undefined : classes.left}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{children}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** On a phone a name breaks between its words. */
function Name({ text }: { text: string }): JSX.Element {
  return (
    <>
      {text.split("_").map((word, index) => (
        <Fragment key={index}>
          {index > 0 && "_"}
          {index > 0 && <wbr />}
          {word}
        </Fragment>
      ))}
    </>
  );
}

interface RowProps {
  item: GoldenCase | Candidate;
  required: number;
  /** Its rule's faults are noticed by several cases: alone it need not reach the tick. */
  together?: boolean;
  open: (name: string) => void;
  last: string;
}

function Row({ item, required, together = false, open, last }: RowProps): JSX.Element {
  const { mutation } = item;
  const nameOf = useRuleName();
  return (
    <tr>
      <th scope="row">
        <button type="button" className={classes.link} onClick={() => open(item.name)}>
          <Name text={item.name} />
        </button>
      </th>
      <td className={classes.left}>
        {nameOf(item.ruleId)} <span className={classes.dim}>{paramWords(item.params)}</span>
      </td>
      <td className={classes.left}>
        {item.symbol} {item.timeframe}
      </td>
      <td className={classes.left}>{between(item)}</td>
      <td>{item.pass ? item.triggers : "refuses"}</td>
      <td>{item.silent}</td>
      <td className={classes.left}>
        <KillRate killed={mutation?.killed} of={mutation?.of} required={required} together={together} />
      </td>
      <td className={classes.left}>
        <Status run={item.lastRun} />
      </td>
      <td className={classes.left}>{last}</td>
    </tr>
  );
}
