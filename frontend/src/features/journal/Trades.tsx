import { Button, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconFileImport, IconPlus, IconSearch } from "@tabler/icons-react";
import { useState, type JSX } from "react";
import { useSearchParams } from "react-router";

import type { Trade, TradesQuery } from "@/shared/api/journal";
import { useRules, useSymbols } from "@/shared/api/queries";
import { useRuleName } from "@/shared/api/ruleNames";
import type { Instrument } from "@/shared/api/types";
import { plural, price, r, rAgainst, signedNumber } from "@/shared/lib/format";
import { sessionDay, type Calendar } from "@/shared/lib/marketTime";
import { Moment } from "@/shared/ui/Moment";
import { DirectionShape } from "@/shared/ui/shapes";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import { ImportDrawer } from "./ImportDrawer";
import classes from "./journal.module.css";
import { useTrades } from "./queries";
import { TradeDrawer } from "./TradeDrawer";
import { dayRange, isFiltered, quantityWords, toneOf } from "./words";

const HEADS = ["Entered", "Symbol", "Side", "R", "Quantity", "Entry", "Exit", "Stop", "MFE", "MAE", "Money", "Rule", "Tags", "Notes"];
/** Terms of the field that not everybody knows. */
const MEANING: Record<string, string> = { MFE: "Best R while it was open", MAE: "Worst R while it was open" };
const LEFT = new Set(["Symbol", "Side", "Rule", "Tags", "Notes"]);

type Shown = "all" | "open" | "closed";
const CLOSED: Record<Shown, boolean | undefined> = { all: undefined, open: false, closed: true };

interface Filter {
  text: string;
  ruleId: string | null;
  shown: Shown;
}

const EVERYTHING: Filter = { text: "", ruleId: null, shown: "all" };

function queryOf(filter: Filter, q: string, day: string | null): TradesQuery {
  const closed = CLOSED[filter.shown];
  return {
    ...(q === "" ? {} : { q }),
    ...(filter.ruleId === null ? {} : { ruleId: filter.ruleId }),
    ...(closed === undefined ? {} : { closed }),
    ...(day === null ? {} : dayRange(day, "XNYS")),
  };
}

/** Every trade, found by words, rule and state; added by hand, or from a broker's file. */
export function Trades(): JSX.Element {
  const [params, setParams] = useSearchParams();
  const day = params.get("day");
  const [filter, setFilter] = useState(EVERYTHING);
  const [q] = useDebouncedValue(filter.text.trim(), 250);
  const [edited, setEdited] = useState<Trade | "new" | null>(null);
  const [importing, setImporting] = useState(false);
  const everyDay = (): void => setParams({ tab: "trades" }, { replace: true });
  const everything = (): void => {
    setFilter(EVERYTHING);
    if (day !== null) everyDay();
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
        <Filters filter={filter} set={setFilter} />
        {day !== null && <Button onClick={everyDay}>{sessionDay(day)} only, show all days</Button>}
        <span className={classes.space} />
        {add}
      </div>
      <List query={queryOf(filter, q, day)} edit={setEdited} add={add} everything={everything} />
      <TradeDrawer trade={edited} close={() => setEdited(null)} />
      <ImportDrawer opened={importing} close={() => setImporting(false)} />
    </>
  );
}

function Filters({ filter, set }: { filter: Filter; set: (filter: Filter) => void }): JSX.Element {
  const rules = useRules().data ?? [];
  return (
    <>
      <TextInput
        aria-label="Search notes, tags and symbols"
        placeholder="Notes, tags, symbol"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={filter.text}
        onChange={(event) => set({ ...filter, text: event.currentTarget.value })}
        maxLength={80}
        className={classes.search ?? ""}
      />
      <Select
        aria-label="Rule"
        placeholder="All rules"
        clearable
        className={classes.ruleFilter ?? ""}
        value={filter.ruleId}
        onChange={(ruleId) => set({ ...filter, ruleId })}
        data={[...rules.map((rule) => ({ value: rule.ruleId, label: rule.title })), { value: "none", label: "Without an alert" }]}
      />
      <SegmentedControl
        aria-label="State"
        value={filter.shown}
        onChange={(shown) => set({ ...filter, shown })}
        data={[
          { value: "all", label: "All" },
          { value: "open", label: "Open" },
          { value: "closed", label: "Closed" },
        ]}
      />
    </>
  );
}

interface ListProps {
  query: TradesQuery;
  edit: (trade: Trade) => void;
  add: JSX.Element;
  everything: () => void;
}

function List({ query, edit, add, everything }: ListProps): JSX.Element {
  const trades = useTrades(query);
  const symbols = useSymbols().data ?? [];
  const nameOf = useRuleName();
  return (
    <div className={classes.scroll}>
      <QueryView query={trades} loading={<Loading label="Loading the trades" rows={14} height={28} />}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.results);
          if (rows.length === 0) return <Nothing filtered={isFiltered(query)} add={add} everything={everything} />;
          return (
            <>
              <table className={classes.table} data-trades>
                <thead>
                  <tr>
                    {HEADS.map((name) => (
                      <th key={name} scope="col" title={MEANING[name]} data-left={LEFT.has(name) || undefined}>
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
                      rule={trade.ruleId === null ? null : nameOf(trade.ruleId)}
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

function Nothing({ filtered, add, everything }: Pick<ListProps, "add" | "everything"> & { filtered: boolean }): JSX.Element {
  return filtered ? (
    <Empty reason="No trade fits the filter." action={<Button onClick={everything}>Show all trades</Button>} />
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
  const tick = instrument?.tickSize;
  const calendar: Calendar = instrument?.calendar ?? "XNYS";
  const entered = Date.parse(trade.entryTime);
  return (
    <tr data-trade={trade.id}>
      <th scope="row">
        <button type="button" className={classes.link} onClick={edit}>
          <Moment ts={entered} calendar={calendar} date="day" />
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
      <td>{quantityWords(trade.quantity)}</td>
      <td>{price(trade.entryPrice, tick)}</td>
      <td>{trade.open ? <span className={classes.tag}>open</span> : price(trade.exitPrice, tick)}</td>
      <td>{price(trade.stop, tick)}</td>
      <td>{r(trade.mfe)}</td>
      <td>{rAgainst(trade.mae)}</td>
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
