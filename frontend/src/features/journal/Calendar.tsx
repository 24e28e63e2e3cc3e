import { ActionIcon, Button, VisuallyHidden } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useState, type JSX } from "react";
import { Link, useSearchParams } from "react-router";

import type { JournalStats } from "@/shared/api/journal";
import { plural, r } from "@/shared/lib/format";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import classes from "./journal.module.css";
import { monthTitle, shiftMonth, weeksOf, type Cell } from "./month";
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
  const [month, setMonth] = useState(() => (days.at(-1)?.date ?? stats.today.date).slice(0, 7));
  const weeks = weeksOf(month, days);
  const inMonth = days.filter((day) => day.date.startsWith(month));
  const total = inMonth.reduce((sum, day) => sum + day.r, 0);
  const [won, lost] = [inMonth.filter((day) => resultWord(day.r) === "won").length, inMonth.filter((day) => resultWord(day.r) === "lost").length];
  const columns = weeks[0]?.cells.length ?? 5;
  return (
    <section className={classes.month} aria-label={monthTitle(month)}>
      <header className={classes.monthHead}>
        <ActionIcon aria-label="Month before" onClick={() => setMonth(shiftMonth(month, -1))}>
          <IconChevronLeft size={18} aria-hidden />
        </ActionIcon>
        <h2>{monthTitle(month)}</h2>
        <ActionIcon aria-label="Next month" onClick={() => setMonth(shiftMonth(month, 1))}>
          <IconChevronRight size={18} aria-hidden />
        </ActionIcon>
        <span className={classes.space} />
        {inMonth.length === 0 ? (
          <span className={classes.dim}>no trades</span>
        ) : (
          <span>
            <b className={classes.big} data-sign={toneOf(total)}>
              {r(total)}
            </b>{" "}
            <span className={classes.dim}>
              {plural(inMonth.reduce((sum, day) => sum + day.trades, 0), "trade")}, {won} days won, {lost} lost
            </span>
          </span>
        )}
      </header>
      <table className={classes.days} data-testid="calendar">
        <thead>
          <tr>
            {NAMES.slice(0, columns).map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">Week</th>
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week.cells[0]?.date}>
              {week.cells.map((cell) => (
                <Day key={cell.date} cell={cell} />
              ))}
              <td className={classes.week}>
                {week.total !== null && (
                  <>
                    <b data-sign={toneOf(week.total)}>{r(week.total)}</b>
                    <small>{plural(week.trades, "trade")}</small>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Day({ cell }: { cell: Cell }): JSX.Element {
  const [, setParams] = useSearchParams();
  const { date, day, found, inMonth } = cell;
  if (found === undefined) return <td className={classes.day}>{inMonth && <span className={classes.dayNumber}>{day}</span>}</td>;
  const word = resultWord(found.r);
  return (
    <td className={classes.day} data-result={word}>
      {/* Named by what it shows, so that who speaks to the page can say it. */}
      <button type="button" onClick={() => setParams({ tab: "trades", day: date })}>
        <VisuallyHidden>{date}: </VisuallyHidden>
        <span className={classes.dayNumber}>{day}</span>
        <b data-sign={toneOf(found.r)}>{r(found.r)}</b>
        <small>
          {word}, {found.wins} of {found.trades}
        </small>
        <VisuallyHidden> {found.trades === 1 ? "trade" : "trades"}. Show them</VisuallyHidden>
      </button>
    </td>
  );
}
