import { Button, Drawer } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { JSX } from "react";
import { Link, useSearchParams } from "react-router";

import { parity, parityKey, type ParityDifference, type ParityRow } from "@/shared/api/parity";
import { useRuleName } from "@/shared/api/ruleNames";
import { count, plural } from "@/shared/lib/format";
import { sessionDay, type Calendar } from "@/shared/lib/marketTime";
import { Moment } from "@/shared/ui/Moment";
import { PageHead } from "@/shared/ui/PageHead";
import { Scroll } from "@/shared/ui/Scroll";
import { Empty, ErrorState, Loading, QueryView } from "@/shared/ui/states";

import { barWords, causeWords, CAUSE_WORDS, matchRate, rowId, sideWords } from "./model";
import classes from "./parity.module.css";

const MINUTE = 60_000;
const HEADS = ["Session", "Symbol", "Source", "Bars", "Signals", "As received", "As corrected", "Differences by cause"];

/** Columns of figures, which stand right; words stand left. */
const FIGURES: ReadonlySet<string> = new Set(["Signals", "As received", "As corrected"]);

const calendarOf = (symbol: string): Calendar => (symbol.startsWith("X:") ? "24/7" : "XNYS");

/** Each session replayed: on the bars that live took, and on the bars as the vendor has them now. */
export function ParityPage(): JSX.Element {
  const ledger = useQuery({ queryKey: parityKey, queryFn: parity.list });
  const [params, setParams] = useSearchParams();
  const open = (row: string | null): void => setParams(row === null ? {} : { row });
  return (
    <div className={classes.page}>
      {ledger.data === undefined && <PageHead title="Parity" />}
      <QueryView query={ledger} loading={<Loading label="Loading the ledger" rows={12} />}>
        {(rows) => {
          const chosen = rows.find((row) => rowId(row) === params.get("row")) ?? null;
          return (
            <>
              <Ledger rows={rows} open={open} />
              <Drawer
                opened={chosen !== null}
                onClose={() => open(null)}
                position="right"
                size={760}
                title={chosen === null ? "" : `${chosen.symbol}, ${sessionDay(chosen.session)}`}
              >
                {chosen !== null && <Detail row={chosen} />}
              </Drawer>
            </>
          );
        }}
      </QueryView>
    </div>
  );
}

function Ledger({ rows, open }: { rows: readonly ParityRow[]; open: (row: string) => void }): JSX.Element {
  const broken = rows.filter((row) => row.received.differences.length > 0).length;
  const verdict = broken === 0 ? "each replay of what live received is what live recorded" : `${plural(broken, "session")} ${broken === 1 ? "differs" : "differ"} from live`;
  return (
    <>
      <PageHead
        title="Parity"
        about={rows.length === 0 ? "Live against its own replay, after each session." : `${plural(rows.length, "session")}: ${verdict}.`}
      />
      <div className={classes.scroll}>
        {rows.length === 0 ? (
          <Empty
            reason="No session has closed yet. A session is replayed half an hour after its close, by itself; until then it can be watched."
            action={<Button component={Link} to="/">Watch the session live</Button>}
          />
        ) : (
          <section className={classes.block} aria-label="Sessions">
            <div className={classes.tableScroll}>
              <table className={classes.table}>
                <Heads names={HEADS} />
                <tbody>
                  {rows.map((row) => (
                    <Row key={rowId(row)} row={row} open={open} />
                  ))}
                </tbody>
              </table>
            </div>
          </section>
        )}
      </div>
    </>
  );
}

function Heads({ names }: { names: readonly string[] }): JSX.Element {
  return (
    <thead>
      <tr>
        {names.map((name) => (
          <th key={name} scope="col" className={FIGURES.has(name) ? undefined : classes.left}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Row({ row, open }: { row: ParityRow; open: (row: string) => void }): JSX.Element {
  return (
    <tr>
      <th scope="row">
        <button type="button" className={classes.link} onClick={() => open(rowId(row))}>
          {sessionDay(row.session)}
        </button>
      </th>
      <td className={classes.left}>{row.symbol}</td>
      <td className={classes.left}>{row.source}</td>
      <td className={classes.left}>{barWords(row)}</td>
      <td>{count(row.liveSignals)}</td>
      <td>
        <Match value={row.matchRate} whole={row.received.differences.length === 0} />
      </td>
      <td>{matchRate(row.correctedMatchRate)}</td>
      <td className={classes.left}>{causeWords(row.corrected.causes)}</td>
    </tr>
  );
}

/** Shape and number: as received, anything but all of it is a fault. */
function Match({ value, whole }: { value: number | null; whole: boolean }): JSX.Element {
  const Icon = whole ? IconCircleCheck : IconCircleX;
  return (
    <span className={classes.status} data-whole={whole}>
      <Icon size={14} aria-label={whole ? "equal" : "differs"} /> {matchRate(value)}
    </span>
  );
}

function Detail({ row }: { row: ParityRow }): JSX.Element {
  const client = useQueryClient();
  const again = useMutation({
    mutationFn: () => parity.run(row.symbol, row.session),
    onSuccess: () => client.invalidateQueries({ queryKey: parityKey }),
  });
  return (
    <div className={classes.detail}>
      <p className={classes.dim}>
        {barWords(row)} from {row.source}; live recorded {plural(row.liveSignals, "signal")}, the replay as received has {count(row.replayedSignals)}, as corrected{" "}
        {count(row.correctedSignals)}. Evaluator {row.engineVersion.slice(0, 8)}.
      </p>
      <div>
        <Button onClick={() => again.mutate()} loading={again.isPending}>
          Replay it again
        </Button>
      </div>
      {again.error && <ErrorState error={again.error} />}
      <Differences title="As received" none="The replay of the bars that live took has every signal, to the bit." row={row} items={row.received.differences} />
      <Differences title="As corrected" none="On the corrected bars the same signals fire." row={row} items={row.corrected.differences} />
    </div>
  );
}

interface DifferencesProps {
  title: string;
  none: string;
  row: ParityRow;
  items: readonly ParityDifference[];
}

function Differences({ title, none, row, items }: DifferencesProps): JSX.Element {
  const nameOf = useRuleName();
  return (
    <section className={classes.block} aria-label={title}>
      <header className={classes.blockHead}>
        <h2>{title}</h2>
        <span className={classes.dim}>{items.length === 0 ? none : plural(items.length, "difference")}</span>
      </header>
      {items.length > 0 && (
        <Scroll label={title} className={classes.tableScroll}>
          <table className={classes.table}>
            <Heads names={["Bar", "Rule", "Live", "Replay", "Cause"]} />
            <tbody>
              {items.map((item) => (
                <tr key={`${item.seq} ${item.ruleId}`}>
                  <th scope="row"><Moment ts={item.seq * MINUTE} calendar={calendarOf(row.symbol)} /></th>
                  <td className={classes.left}>{nameOf(item.ruleId)}</td>
                  <td className={classes.left}>{sideWords(item.live)}</td>
                  <td className={classes.left}>{sideWords(item.replay)}</td>
                  <td className={classes.left}>{CAUSE_WORDS[item.cause]}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
