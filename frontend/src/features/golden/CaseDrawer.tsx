import { Button, Drawer } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { JSX } from "react";

import { golden, goldenKeys, type Candidate, type Difference, type GoldenDetail, type GoldenOverview } from "@/shared/api/golden";
import { useRuleName } from "@/shared/api/ruleNames";
import { confidence, count, DASH, plural } from "@/shared/lib/format";
import type { Calendar } from "@/shared/lib/marketTime";
import { KillRate } from "@/shared/ui/KillRate";
import { Moment } from "@/shared/ui/Moment";
import { Scroll } from "@/shared/ui/Scroll";
import { DirectionShape } from "@/shared/ui/shapes";
import { Loading, QueryView } from "@/shared/ui/states";

import classes from "./golden.module.css";
import { barWords, between, calendarOf, openOf, paramWords, reviewWords, valueWords } from "./model";
import { Status } from "./Status";

export interface CaseDrawerProps {
  name: string | null;
  overview: GoldenOverview;
  close: () => void;
}

/** One case: what it asserts, what it notices, and where the evaluator disagrees today. */
export function CaseDrawer({ name, overview, close }: CaseDrawerProps): JSX.Element {
  return (
    <Drawer opened={name !== null} onClose={close} position="right" size={720} title={name ?? ""}>
      {name !== null && <Case name={name} required={overview.requiredRate} />}
    </Drawer>
  );
}

function Case({ name, required }: { name: string; required: number }): JSX.Element {
  const detail = useQuery({ queryKey: goldenKeys.detail(name), queryFn: ({ signal }) => golden.detail(name, signal) });
  return (
    <QueryView query={detail} loading={<Loading label="Loading the case" rows={8} />}>
      {(found) => (
        <div className={classes.detail}>
          <p className={classes.dim}>{found.description}</p>
          <Facts found={found} required={required} />
          <Button
            component="a"
            href={golden.filePath(name)}
            download={`${name}.json`}
            leftSection={<IconDownload size={16} aria-hidden />}
            className={classes.download ?? ""}
          >
            Download the fixture
          </Button>
          <Differences found={found} />
          {found.candidate && <Review candidate={found.candidate} />}
          <Expected found={found} />
        </div>
      )}
    </QueryView>
  );
}

function Facts({ found, required }: { found: GoldenDetail; required: number }): JSX.Element {
  const { mutation } = found;
  const nameOf = useRuleName();
  return (
    <dl className={classes.facts}>
      <div>
        <dt>Today</dt>
        <dd>
          <Status run={found.lastRun} />
        </dd>
      </div>
      <div>
        <dt>Faults in the code noticed</dt>
        <dd>
          <KillRate killed={mutation?.killed} of={mutation?.of} required={required} />
        </dd>
      </div>
      <div>
        <dt>Rule</dt>
        <dd>
          {nameOf(found.ruleId)} <span className={classes.dim}>{paramWords(found.params)}</span>
        </dd>
      </div>
      <div>
        <dt>Bars</dt>
        <dd>
          {found.symbol} {found.timeframe}, {plural(found.bars, "bar")} with warm-up
        </dd>
      </div>
      <div>
        <dt>Asserted</dt>
        <dd>{between(found)}</dd>
      </div>
      <div>
        <dt>Expected</dt>
        <dd>{found.pass ? `${plural(found.triggers, "trigger")}, ${plural(found.silent, "silent bar")}` : "bars are refused"}</dd>
      </div>
      <div className={classes.wide}>
        <dt>Bars from</dt>
        <dd>{found.source}</dd>
      </div>
    </dl>
  );
}

function Differences({ found }: { found: GoldenDetail }): JSX.Element | null {
  const { differences, differenceCount } = found.lastRun;
  if (differences.length === 0) return null;
  const calendar = calendarOf(found);
  return (
    <section className={classes.block} aria-label="Differences">
      <header className={classes.blockHead}>
        <h2>Differences</h2>
        <span className={classes.dim}>
          {differences.length < differenceCount ? `the first ${differences.length} of ${count(differenceCount)}` : ""}
        </span>
      </header>
      <Scroll label="Differences" className={classes.tableScroll}>
        <table className={classes.table}>
          <thead>
            <tr>
              {["Bar", "What", "Expected", "Got", "Found by"].map((head) => (
                <th key={head} scope="col" className={classes.left}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {differences.map((item) => (
              <DifferenceRows key={`${item.driver} ${item.what} ${item.seq}`} item={item} calendar={calendar} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function DifferenceRows({ item, calendar }: { item: Difference; calendar: Calendar }): JSX.Element {
  return (
    <>
      <tr>
        <th scope="row">
          {item.ts === null ? DASH : <Moment ts={item.ts} calendar={calendar} date="day" />} <span className={classes.dim}>{item.seq ?? ""}</span>
        </th>
        <td className={classes.left}>{item.what}</td>
        <td className={classes.left}>{item.expected}</td>
        <td className={classes.left}>{item.got}</td>
        <td className={classes.left}>{item.driver}</td>
      </tr>
      <tr className={classes.under}>
        <td className={classes.left} colSpan={5}>
          {barWords(item.bar)}; {valueWords(item.values)}
        </td>
      </tr>
    </>
  );
}

function Review({ candidate }: { candidate: Candidate }): JSX.Element {
  const { report } = candidate;
  const survivors = [...report.survivors, ...report.barSurvivors];
  return (
    <section>
      <h2>Your candidate</h2>
      <p className={classes.dim}>
        {reviewWords(candidate)}
        {candidate.reviewNotes === "" ? "" : `: ${candidate.reviewNotes}`}. Faults in the bars noticed: {report.barsKilled} of {report.barsOf}.
      </p>
      {survivors.length > 0 && (
        <ul className={classes.survivors} aria-label="Faults that it lets live">
          {survivors.map((item) => (
            <li key={item}>
              <code>{item}</code>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Expected({ found }: { found: GoldenDetail }): JSX.Element {
  const { expected } = found.fixture;
  const calendar = calendarOf(found);
  return (
    <section>
      <h2>Expected</h2>
      {expected.refusals && expected.refusals.length > 0 ? (
        <ul className={classes.survivors}>
          {expected.refusals.map((item) => (
            <li key={`${item.row} ${item.field}`}>
              row {item.row}, {item.field}: {item.reason}
            </li>
          ))}
        </ul>
      ) : (
        <ul className={classes.expected}>
          {expected.triggers.map((item) => {
            const ts = openOf(found, item.seq);
            return (
              <li key={item.seq}>
                <DirectionShape direction={item.direction} size={10} /> {item.direction === "long" ? "LONG" : "SHORT"}{" "}
                {ts === null ? DASH : <Moment ts={ts} calendar={calendar} date="day" />}{" "}
                <span className={classes.dim}>
                  confidence {confidence(item.confidence)}, seq {item.seq}
                </span>
              </li>
            );
          })}
          {expected.triggers.length === 0 && <li>silence</li>}
        </ul>
      )}
    </section>
  );
}
