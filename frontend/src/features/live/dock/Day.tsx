import type { JSX } from "react";

import { useRules } from "@/shared/api/queries";
import type { Calendar } from "@/shared/api/types";
import { count, r } from "@/shared/lib/format";
import { useAlerts } from "@/shared/realtime/context";
import { Empty } from "@/shared/ui/states";

import { dayRows } from "./day";
import classes from "./dock.module.css";

export function Day({ calendar }: { calendar: Calendar }): JSX.Element {
  const { alerts } = useAlerts();
  const rules = useRules().data;
  const rows = dayRows(alerts, calendar);
  if (rows.length === 0) return <Empty reason="Nothing fired in this session yet." />;
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          {["Rule", "Sent", "Held back", "Labelled", "Over", "R of sent", "R of held back"].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.ruleId}>
            <th scope="row">{rules?.find((rule) => rule.ruleId === row.ruleId)?.title ?? row.ruleId}</th>
            <td>{count(row.sent)}</td>
            <td>{count(row.held)}</td>
            <td>{count(row.labelled)}</td>
            <td>{count(row.closed)}</td>
            <td>{r(row.sumR)}</td>
            <td>{r(row.heldR)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
