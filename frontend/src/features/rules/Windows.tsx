import { VisuallyHidden } from "@mantine/core";
import type { JSX } from "react";

import type { RuleMetrics, RuleWindow } from "@/shared/api/types";
import { bounds, cases, count, DASH, FEW, percent, r } from "@/shared/lib/format";

import classes from "./detail.module.css";
import { againstBreakEven, BREAK_EVEN, held, WINDOWS } from "./model";

interface Figure {
  value: string;
  /** What it stands on: its interval, its n. */
  on?: string;
}

const plain = (n: number): Figure => ({ value: count(n) });

/** A figure of enough cases, or why there is none. */
function ofMany(n: number, value: string, interval: string | null): Figure {
  if (n === 0) return { value: DASH };
  if (n < FEW) return { value: "too few", on: cases(n) };
  return { value, on: interval === null ? cases(n) : `${interval}, ${cases(n)}` };
}

const JUDGEMENT = { above: "above", below: "below", unclear: "unclear" } as const;

const FIGURES: readonly [string, (window: RuleWindow) => Figure][] = [
  ["Fired", (w) => plain(w.fired)],
  ["Sent", (w) => plain(w.actionable)],
  ["Held back", (w) => plain(held(w))],
  ["Hit rate", (w) => ofMany(w.matured, percent(w.hitRate), bounds(w.hitRateLow, w.hitRateHigh))],
  [`Against break-even, ${percent(BREAK_EVEN)}`, (w) => ({ value: JUDGEMENT[againstBreakEven(w)] })],
  ["Expectancy", (w) => ofMany(w.matured, r(w.expectancy), null)],
  ["Labelled good", (w) => plain(w.good)],
  ["Labelled bad", (w) => plain(w.bad)],
  ["Labelled late or missed", (w) => plain(w.late + w.missed)],
  ["Good of good and bad", (w) => ofMany(w.good + w.bad, percent(w.winrate), bounds(w.winrateLow, w.winrateHigh))],
];

/** The last seven days beside the last thirty. */
export function Windows({ windows }: { windows: RuleMetrics["windows"] }): JSX.Element {
  return (
    <section>
      <h2>Windows</h2>
      <p className={classes.dim}>
        Beside a rate: its 95&nbsp;% interval and n. A hit is an outcome above {r(0)}. Unclear: break-even lies in the interval, or too few.
      </p>
      <table className={`${classes.small} ${classes.windows}`}>
        <thead>
          <tr>
            <th scope="col"><VisuallyHidden>Figure</VisuallyHidden></th>
            {WINDOWS.map(({ id, title }) => (
              <th key={id} scope="col" className={classes.figuresHead}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {FIGURES.map(([name, read]) => (
            <tr key={name}>
              <th scope="row" className={classes.text}>
                {name}
              </th>
              {WINDOWS.map(({ id }) => (
                <Cell key={id} figure={read(windows[id])} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({ figure: { value, on } }: { figure: Figure }): JSX.Element {
  return (
    <td>
      <span className={classes.figures}>
        <span>{value}</span>
        <span>{on}</span>
      </span>
    </td>
  );
}
