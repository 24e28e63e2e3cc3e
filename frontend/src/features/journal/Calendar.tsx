import { ActionIcon, Button, VisuallyHidden } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useState, type JSX } from "react";
import { Link, useSearchParams } from "react-router";

import type { CalendarDay, JournalStats } from "@/shared/api/journal";
import { count, plural, r } from "@/shared/lib/format";
import { sessionDay } from "@/shared/lib/marketTime";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import classes from "./journal.module.css";
import { monthTitle, shiftMonth, weeksOf, type Cell, type Week } from "./month";
import { useStats } from "./queries";
import { resultWord, toneOf } from "./words";

const NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** R by session: a month of days, each with its sign, its word and how many trades. */
export function Calendar(): JSX.Element {
  const stats = useStats();
  return (
    <div className={classes.scroll}>
      <QueryView query={stats} loading={<Loading label="Loading the calendar" rows={6} height={84} />}>
        {(data) =>
          data.calendar.length === 0 ? (
            <Empty reason="No closed trade with an R yet: a trade needs an exit, and a stop or an alert." action={<Button component={Link} to="/journal?tab=trades">Add or import trades</Button>} />
          ) : (
            <Month stats={data} />
          )
        }
      </QueryView>
    </div>
  );
}

function Month({ stats }: { stats: JournalStats }): JSX.Element {
  const days = stats.calendar;
  const today = stats.today.date;
  const [month, setMonth] = useState(() => (days.at(-1)?.date ?? today).slice(0, 7));
  const known = [today, ...days.map((day) => day.date)].map((date) => date.slice(0, 7)).sort();
  const weeks = weeksOf(month, days, stats.holidays);
  const columns = weeks[0]?.cells.length ?? 5;
  return (
    <section className={classes.month} aria-label={monthTitle(month)}>
      <header className={classes.monthHead}>
        <ActionIcon aria-label="Month before" disabled={month <= (known[0] ?? month)} onClick={() => setMonth(shiftMonth(month, -1))}>
          <IconChevronLeft size={18} aria-hidden />
        </ActionIcon>
        <h2>{monthTitle(month)}</h2>
        <ActionIcon aria-label="Next month" disabled={month >= (known.at(-1) ?? month)} onClick={() => setMonth(shiftMonth(month, 1))}>
          <IconChevronRight size={18} aria-hidden />
        </ActionIcon>
        <span className={classes.space} />
        <Total days={days.filter((day) => day.date.startsWith(month))} />
      </header>
      <table className={classes.days} data-testid="calendar">
        <thead>
          <tr>
            {[...NAMES.slice(0, columns), "Week"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week.cells[0]?.date}>
              {week.cells.map((cell) => (
                <Day key={cell.date} cell={cell} today={cell.date === today} />
              ))}
              <WeekTotal week={week} />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Total({ days }: { days: readonly CalendarDay[] }): JSX.Element {
  if (days.length === 0) return <span className={classes.dim}>no trades</span>;
  const total = days.reduce((sum, day) => sum + day.r, 0);
  const trades = days.reduce((sum, day) => sum + day.trades, 0);
  const [won, lost] = (["won", "lost"] as const).map((word) => days.filter((day) => resultWord(day.r) === word).length) as [number, number];
  return (
    <span>
      <b className={classes.big} data-sign={toneOf(total)}>
        {r(total)}
      </b>{" "}
      <span className={classes.dim}>
        {plural(trades, "trade")}; {plural(won, "day")} won, {lost} lost
      </span>
    </span>
  );
}

function WeekTotal({ week: { total, trades } }: { week: Week }): JSX.Element {
  return (
    <td className={classes.week}>
      {total !== null && (
        <>
          <b data-sign={toneOf(total)}>{r(total)}</b>
          <small>{plural(trades, "trade")}</small>
        </>
      )}
    </td>
  );
}

function Day({ cell, today }: { cell: Cell; today: boolean }): JSX.Element {
  const [, setParams] = useSearchParams();
  const { date, day, found, holiday, inMonth } = cell;
  const current = today ? "date" : undefined;
  const number = <span className={classes.dayNumber}>{today ? `${day}, today` : day}</span>;
  if (!inMonth) return <td />;
  if (found === undefined) {
    return (
      <td className={classes.day} aria-current={current} data-holiday={holiday || undefined}>
        {number}
        {holiday && <small>Market closed</small>}
      </td>
    );
  }
  return (
    <td className={classes.day} data-result={resultWord(found.r)} aria-current={current}>
      {/* Named by what it shows, so that who speaks to the page can say it. */}
      <button type="button" onClick={() => setParams({ tab: "trades", day: date })}>
        <VisuallyHidden>{sessionDay(date)}: </VisuallyHidden>
        {number}
        <b data-sign={toneOf(found.r)}>{r(found.r)}</b>
        <small>
          {count(found.wins)} of {count(found.trades)} won
        </small>
        <VisuallyHidden>. Show {found.trades === 1 ? "the trade" : "the trades"}</VisuallyHidden>
      </button>
    </td>
  );
}
