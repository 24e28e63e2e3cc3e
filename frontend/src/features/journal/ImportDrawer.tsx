import { Button, Drawer, FileButton, Select, Switch } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState, type JSX } from "react";

import { journal, useJournalChanged, type ImportReport, type ImportRow } from "@/shared/api/journal";
import { useSymbols } from "@/shared/api/queries";
import { useRuleName } from "@/shared/api/ruleNames";
import { count, plural, price, r } from "@/shared/lib/format";
import { Moment } from "@/shared/ui/Moment";
import { Problem } from "@/shared/ui/Problem";
import { Scroll } from "@/shared/ui/Scroll";
import { DirectionShape } from "@/shared/ui/shapes";
import { Loading } from "@/shared/ui/states";
import { toast } from "@/shared/ui/toast";

import classes from "./journal.module.css";
import { lineWords, linesWords, quantityWords, STATUS_WORD, toneOf } from "./words";

const ZONES = [
  { value: "America/New_York", label: "New York" },
  { value: "America/Chicago", label: "Chicago" },
  { value: "America/Denver", label: "Denver" },
  { value: "America/Los_Angeles", label: "Los Angeles" },
  { value: "Europe/London", label: "London" },
  { value: "Europe/Berlin", label: "Berlin" },
  { value: "UTC", label: "UTC" },
];

interface Chosen {
  name: string;
  csv: string;
  timezone: string;
  linkAlerts: boolean;
}

export function ImportDrawer({ opened, close }: { opened: boolean; close: () => void }): JSX.Element {
  return (
    <Drawer opened={opened} onClose={close} position="right" size={860} title="Import trades from a file">
      {opened && <Import close={close} />}
    </Drawer>
  );
}

/** A file is read and shown line by line; nothing is kept before it is saved, and then all or nothing. */
function Import({ close }: { close: () => void }): JSX.Element {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [timezone, setTimezone] = useState("America/New_York");
  const [linkAlerts, setLinkAlerts] = useState(true);
  const changed = useJournalChanged();
  const preview = useMutation({ mutationFn: ({ csv, ...rest }: Omit<Chosen, "name">) => journal.read({ csv, ...rest, save: false }) });
  const save = useMutation({
    mutationFn: ({ csv, timezone: zone, linkAlerts: link }: Chosen) => journal.read({ csv, timezone: zone, linkAlerts: link, save: true }),
    onSuccess: async (report) => {
      close();
      void toast({ id: "trades-imported", autoClose: 6000, withBorder: true, message: `${plural(toSave(report), "trade")} saved from ${report.formatTitle}.` });
      await changed();
    },
  });
  const read = (next: Chosen): void => {
    setChosen(next);
    save.reset();
    preview.mutate({ csv: next.csv, timezone: next.timezone, linkAlerts: next.linkAlerts });
  };
  const open = async (file: File | null): Promise<void> => {
    if (file !== null) read({ name: file.name, csv: await file.text(), timezone, linkAlerts });
  };
  const again = (change: Partial<Chosen>): void => {
    if (chosen !== null) read({ ...chosen, ...change });
  };
  const error = save.error ?? preview.error;
  return (
    <div className={classes.import}>
      <div className={classes.filters}>
        <FileButton onChange={(file) => void open(file)} accept=".csv,text/csv,text/plain" inputProps={{ "aria-label": "File", "data-testid": "import-file" } as object}>
          {(props) => (
            <Button {...props} variant={chosen === null ? "filled" : "default"} leftSection={<IconFileImport size={16} aria-hidden />}>
              {chosen === null ? "Choose a CSV file" : chosen.name}
            </Button>
          )}
        </FileButton>
        <Select
          aria-label="Time zone of the file"
          w={170}
          allowDeselect={false}
          data={ZONES}
          value={timezone}
          onChange={(value) => {
            if (value === null) return;
            setTimezone(value);
            again({ timezone: value });
          }}
        />
        <Switch
          label="Join trades to the alerts they were taken on"
          checked={linkAlerts}
          onChange={(event) => {
            setLinkAlerts(event.currentTarget.checked);
            again({ linkAlerts: event.currentTarget.checked });
          }}
        />
      </div>
      {chosen === null && (
        <p className={classes.dim}>
          Interactive Brokers (Flex Query of trades, Activity Statement), thinkorswim (Account Statement), or one line a trade with the columns symbol, side,
          quantity, entryTime, entryPrice and, if you like, exitTime, exitPrice, stop, fees, tags, notes. Executions become trades from flat to flat. Importing a
          file again changes nothing.
        </p>
      )}
      {error && chosen !== null && <Problem error={error} retry={() => (save.error ? save.mutate(chosen) : read(chosen))} />}
      {preview.isPending && <Loading label="Reading the file" rows={8} />}
      {preview.data && chosen !== null && (
        <Preview report={preview.data} saving={save.isPending} save={() => save.mutate(chosen)} />
      )}
    </div>
  );
}

function toSave(report: ImportReport): number {
  return report.counts.new + report.counts.changed;
}

const HEADS = ["Line", "Status", "Symbol", "Side", "Quantity", "Entered", "Entry", "Exit", "R", "Remark"];
const FIGURES = new Set(["Quantity", "Entry", "Exit", "R"]);

function Preview({ report, saving, save }: { report: ImportReport; saving: boolean; save: () => void }): JSX.Element {
  const { counts } = report;
  const saved = toSave(report);
  const parts = (Object.keys(STATUS_WORD) as (keyof typeof STATUS_WORD)[]).filter((name) => counts[name] > 0).map((name) => `${count(counts[name])} ${STATUS_WORD[name]}`);
  return (
    <>
      <p data-testid="import-summary">
        <b>{report.formatTitle}</b>: {parts.join(", ") || "no trades"}.
        {counts.wrong > 0 && " Nothing can be saved while lines are wrong: mend the file and choose it again."}
      </p>
      <Scroll label="Trades of the file" className={classes.preview}>
        <table className={classes.table}>
          <thead>
            <tr>
              {HEADS.map((name) => (
                <th key={name} scope="col" data-left={!FIGURES.has(name) || undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {report.rows.map((row) => (
              <Line key={row.lines.join()} row={row} />
            ))}
          </tbody>
        </table>
      </Scroll>
      <Button variant="filled" disabled={saved === 0 || counts.wrong > 0} loading={saving} onClick={save} data-testid="import-save">
        {saved === 0 ? "Nothing to save" : `Save ${plural(saved, "trade")}`}
      </Button>
    </>
  );
}

function Line({ row }: { row: ImportRow }): JSX.Element {
  const nameOf = useRuleName();
  const { trade } = row;
  const instrument = useSymbols().data?.find((item) => item.symbol === trade?.symbol);
  const tick = instrument?.tickSize;
  const entered = trade === null ? null : Date.parse(trade.entryTime);
  return (
    <tr data-status={row.status}>
      <th scope="row">{linesWords(row.lines)}</th>
      <td className={classes.left}>
        <span className={classes.tag} data-status={row.status}>
          {STATUS_WORD[row.status]}
        </span>
      </td>
      <td className={classes.left}>{trade?.symbol}</td>
      <td className={classes.left}>
        {trade && (
          <span className={classes.direction} data-direction={trade.side}>
            <DirectionShape direction={trade.side} size={10} /> {trade.side === "long" ? "LONG" : "SHORT"}
          </span>
        )}
      </td>
      <td>{trade && quantityWords(trade.quantity)}</td>
      <td className={classes.left}>{entered !== null && <Moment ts={entered} calendar={instrument?.calendar ?? "XNYS"} date="day" />}</td>
      <td>{trade && price(trade.entryPrice, tick)}</td>
      <td>{trade && (trade.exitPrice === null ? "open" : price(trade.exitPrice, tick))}</td>
      <td data-sign={toneOf(trade?.r ?? null)}>
        {trade ? r(trade.r) : ""}
      </td>
      <td className={classes.remark} data-status={row.status}>
        {lineWords(row, nameOf)}
      </td>
    </tr>
  );
}
