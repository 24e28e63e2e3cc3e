import type { JSX } from "react";

import { useFlags } from "@/shared/api/queries";
import type { Alert, Contribution, Instrument } from "@/shared/api/types";
import { closeTs, confidence, number, price, signedNumber } from "@/shared/lib/format";
import { Moment } from "@/shared/ui/Moment";
import { Empty } from "@/shared/ui/states";

import { gateSentence } from "../alerts/sentences";
import classes from "./dock.module.css";

const FEATURE: Record<string, string> = {
  dist: "Distance past the level, in ATR",
  late: "Already run past it, in ATR",
  rvol: "Relative volume, log2",
  slope: "EMA20 slope, in ATR",
  er: "Efficiency of the last 20 bars",
  vwap: "Distance from VWAP, in ATR",
};

/** Why it fired: the sentence, and with Explain V2 what each feature gave in points. */
export function Why({ alert, instrument }: { alert: Alert | null; instrument: Instrument }): JSX.Element {
  const v2 = useFlags().data?.enableExplainV2 ?? false;
  if (alert === null) return <Empty reason="Choose an alert to see why it fired." />;
  const { explain } = alert;
  return (
    <div className={classes.why}>
      <p className={classes.lead}>
        <b>{alert.why}</b>{" "}
        <span className={classes.dim}>
          {alert.symbol} <Moment ts={closeTs(alert)} calendar={instrument.calendar} />, closed {price(alert.price, instrument.tickSize)}
        </span>
      </p>
      {explain.text !== "" && <p className={classes.lead}>{explain.text}</p>}
      <p className={classes.dim}>{gateSentence(alert)}</p>
      {v2 && explain.contributions.length > 0 && (
        <Contributions list={explain.contributions} base={explain.base} total={alert.confidence} />
      )}
    </div>
  );
}

interface ContributionsProps {
  list: readonly Contribution[];
  base: number | null;
  total: number;
}

function Contributions({ list, base, total }: ContributionsProps): JSX.Element {
  return (
    <table className={classes.table}>
      <caption className={classes.caption}>What each feature gave, in points of 100</caption>
      <thead>
        <tr>
          <th scope="col">Feature</th>
          <th scope="col">Value</th>
          <th scope="col">Reference</th>
          <th scope="col">Points</th>
        </tr>
      </thead>
      <tbody>
        {list.map((item) => (
          <tr key={item.feature}>
            <th scope="row">{FEATURE[item.feature] ?? item.feature}</th>
            <td>{number(item.value, 2)}</td>
            <td>{number(item.reference, 2)}</td>
            <td>{signedNumber(item.points, 1)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Confidence</th>
          <td colSpan={2}>from {number(base)}</td>
          <td>{confidence(total)}</td>
        </tr>
      </tfoot>
    </table>
  );
}
