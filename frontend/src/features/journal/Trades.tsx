import { Button, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconFileImport, IconPlus, IconSearch } from "@tabler/icons-react";
import { useState, type JSX } from "react";
import { useSearchParams } from "react-router";

import type { Trade, TradesQuery } from "@/shared/api/journal";
import { useRules, useSymbols } from "@/shared/api/queries";
import type { Instrument } from "@/shared/api/types";
import { number, plural, price, r, signedNumber } from "@/shared/lib/format";
import { exchangeDay, exchangeTime, otherZones, timeOfDay, zoneLabel, type Calendar } from "@/shared/lib/marketTime";
import { DirectionShape } from "@/shared/ui/shapes";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import { ImportDrawer } from "./ImportDrawer";
import classes from "./journal.module.css";
import { useTrades } from "./queries";
import { TradeDrawer } from "./TradeDrawer";
import { dayRange, isFiltered, toneOf } from "./words";

const HEADS = ["Entered", "Symbol", "Side", "R", "Quantity", "Entry", "Exit", "Stop", "For it", "Against it", "Money", "Rule", "Tags", "Notes"];
const LEFT = new Set(["Symbol", "Side", "Rule", "Tags", "Notes"]);

type Shown = "all" | "open" | "closed";
const CLOSED: Record<Shown, boolean | undefined> = { all: undefined, open: false, closed: true };

/** Every trade, found by words, rule and state; added by hand, or from a broker's file. */
export function Trades(): JSX.Element {
  const [params, setParams] = useSearchParams();
  const day = params.get("day");
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 250);
  const [ruleId, setRuleId] = useState<string | null>(null);
  const [shown, setShown] = useState<Shown>("all");
  const [edited, setEdited] = useState<Trade | "new" | null>(null);
  const [importing, setImporting] = useState(false);
  const rules = useRules().data ?? [];
  const closed = CLOSED[shown];
  const query: TradesQuery = {
    ...(q === "" ? {} : { q }),
    ...(ruleId === null ? {} : { ruleId }),
    ...(closed === undefined ? {} : { closed }),
    ...(day === null ? {} : dayRange(day, "XNYS")),
  };
  const add = (
    <>
      <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEdited("new")}>
        Add a trade
      </Button>
      <Button leftSection={<IconFileImport size={16} aria-hidden />} onClick={() => setImporting(true)}>
        Import a file
      </Button>
    </>
  );
  return (
    <>
      <div className={classes.filters} role="search" aria-label="Trades">
        <TextInput
          aria-label="Search notes, tags and symbols"
          placeholder="Notes, tags, symbol"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          maxLength={80}
          w={200}
        />
        <Select
          aria-label="Rule"
          placeholder="All rules"
          clearable
          w={190}
          value={ruleId}
          onChange={setRuleId}
          data={[...rules.map((rule) => ({ value: rule.ruleId, label: rule.title })), { value: "none", label: "Without an alert" }]}
        />
        <SegmentedControl
          aria-label="State"
          value={shown}
          onChange={(value) => setShown(value)}
          data={[
            { value: "all", label: "All" },
            { value: "open", label: "Open" },
            { value: "closed", label: "Closed" },
          ]}
        />
        {day !== null && (
          <Button variant="default" onClick={() => setParams({ tab: "trades" }, { replace: true })}>
            {day} only, show all days
          </Button>
        )}
        <span className={classes.space} />
        {add}
      </div>
      <List query={query} edit={setEdited} add={add} />
      <TradeDrawer trade={edited} close={() => setEdited(null)} />
      <ImportDrawer opened={importing} close={() => setImporting(false)} />
    </>
  );
}

function List({ query, edit, add }: { query: TradesQuery; edit: (trade: Trade) => void; add: JSX.Element }): JSX.Element {
  const trades = useTrades(query);
  const symbols = useSymbols().data ?? [];
  const rules = useRules().data ?? [];
  return (
    <div className={classes.scroll}>
      <QueryView query={trades} loading={<Loading label="Loading the trades" rows={14} height={28} />}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.results);
          if (rows.length === 0) return <Nothing filtered={isFiltered(query)} add={add} />;
          return (
            <>
              <table className={classes.table} data-trades>
                <thead>
                  <tr>
                    {HEADS.map((name) => (
                      <th key={name} scope="col" data-left={LEFT.has(name) || undefined}>
                        {name}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rows.map((trade) => (
                    <Row
                      key={trade.id}
                      trade={trade}
                      instrument={symbols.find((item) => item.symbol === trade.symbol)}
                      rule={rules.find((item) => item.ruleId === trade.ruleId)?.title ?? trade.ruleId}
                      edit={() => edit(trade)}
                    />
                  ))}
                </tbody>
              </table>
              <p className={classes.foot}>
                {plural(rows.length, "trade")}
                {trades.hasNextPage && (
                  <Button size="compact-xs" loading={trades.isFetchingNextPage} onClick={() => void trades.fetchNextPage()}>
                    Show more
                  </Button>
                )}
              </p>
            </>
          );
        }}
      </QueryView>
    </div>
  );
}

function Nothing({ filtered, add }: { filtered: boolean; add: JSX.Element }): JSX.Element {
  return filtered ? (
    <Empty reason="No trade fits the filter." />
  ) : (
    <Empty
      reason="No trades yet. Press T on an alert that you take, add one by hand, or import your broker's file."
      action={<span className={classes.buttons}>{add}</span>}
    />
  );
}

interface RowProps {
  trade: Trade;
  instrument: Instrument | undefined;
  rule: string | null;
  edit: () => void;
}

function Row({ trade, instrument, rule, edit }: RowProps): JSX.Element {
  const tick = instrument?.tickSize ?? 0.01;
  const calendar: Calendar = instrument?.calendar ?? "XNYS";
  const entered = Date.parse(trade.entryTime);
  return (
    <tr data-trade={trade.id}>
      <th scope="row" title={`${exchangeDay(entered, calendar)} ${exchangeTime(entered, calendar)} · ${otherZones(entered)}`}>
        <button type="button" className={classes.link} onClick={edit}>
          {trade.sessionDate} {timeOfDay(entered, calendar)} {zoneLabel(calendar)}
        </button>
      </th>
      <td className={classes.left}>
        <b>{trade.symbol}</b>
      </td>
      <td className={classes.left}>
        <span className={classes.direction} data-direction={trade.side}>
          <DirectionShape direction={trade.side} size={10} /> {trade.side === "long" ? "LONG" : "SHORT"}
        </span>
      </td>
      <td data-sign={toneOf(trade.r)} className={classes.strong}>
        {r(trade.r)}
      </td>
      <td>{number(trade.quantity, Number.isInteger(trade.quantity) ? 0 : 4)}</td>
      <td>{price(trade.entryPrice, tick)}</td>
      <td>{trade.open ? <span className={classes.tag}>open</span> : price(trade.exitPrice, tick)}</td>
      <td>{price(trade.stop, tick)}</td>
      <td>{trade.mfe === null ? "–" : `${trade.mfe.toFixed(2)}R`}</td>
      <td>{trade.mae === null ? "–" : `${trade.mae.toFixed(2)}R`}</td>
      <td>{signedNumber(trade.pnl)}</td>
      <td className={classes.left}>{rule ?? <span className={classes.dim}>no alert</span>}</td>
      <td className={classes.left}>
        {trade.source === "demo" && <span className={classes.tag}>demo</span>}
        {trade.tags.map((tag) => (
          <span key={tag} className={classes.tag}>
            {tag}
          </span>
        ))}
      </td>
      <td className={classes.notes} title={trade.notes}>
        {trade.notes}
      </td>
    </tr>
  );
}
