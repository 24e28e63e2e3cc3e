import { VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { JSX } from "react";

import { api } from "@/shared/api/endpoints";
import { keys } from "@/shared/api/queries";
import type { Alert, Instrument, TapeBar } from "@/shared/api/types";
import { price, volume } from "@/shared/lib/format";
import { Moment } from "@/shared/ui/Moment";
import { DirectionShape } from "@/shared/ui/shapes";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import classes from "./dock.module.css";

/** The last sixty microbars before the trigger, newest first. */
export function Tape({ alert, instrument }: { alert: Alert | null; instrument: Instrument }): JSX.Element {
  const id = alert?.id ?? "";
  const query = useQuery({ queryKey: keys.tape(id), queryFn: () => api.tape(id), enabled: id !== "", staleTime: Infinity });
  if (alert === null) return <Empty reason="Choose an alert to see its tape." />;
  return (
    <QueryView query={query} loading={<Loading label="Loading the tape" rows={4} height={20} />}>
      {(bars) => (bars.length === 0 ? <Empty reason="No microbars were received for this bar." /> : <TapeTable bars={bars} instrument={instrument} />)}
    </QueryView>
  );
}

function TapeTable({ bars, instrument }: { bars: readonly TapeBar[]; instrument: Instrument }): JSX.Element {
  const most = Math.max(...bars.map((bar) => bar.volume));
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Last</th>
          <th scope="col">High</th>
          <th scope="col">Low</th>
          <th scope="col">Volume</th>
          <th scope="col" className={classes.more}>
            <VisuallyHidden>Volume as a bar</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {[...bars].reverse().map((bar) => (
          <tr key={bar.ts}>
            <th scope="row"><Moment ts={bar.ts} calendar={instrument.calendar} /></th>
            <td>
              {bar.close !== bar.open && <DirectionShape direction={bar.close > bar.open ? "long" : "short"} size={8} />}{" "}
              {price(bar.close, instrument.tickSize)}
            </td>
            <td>{price(bar.high, instrument.tickSize)}</td>
            <td>{price(bar.low, instrument.tickSize)}</td>
            <td>{volume(bar.volume)}</td>
            <td className={classes.more}>
              <svg width="80" height="8" aria-hidden className={classes.volumeBar}>
                <rect width={most > 0 ? (80 * bar.volume) / most : 0} height="8" />
              </svg>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
