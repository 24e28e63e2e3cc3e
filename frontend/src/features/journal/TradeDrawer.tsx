import { Button, Drawer, NumberInput, SegmentedControl, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type JSX } from "react";

import { ApiError } from "@/shared/api/http";
import { journal, useJournalChanged, type Trade, type TradeRequest } from "@/shared/api/journal";
import { useReplay, useSymbols } from "@/shared/api/queries";
import { useRuleName } from "@/shared/api/ruleNames";
import { r } from "@/shared/lib/format";
import { zoneLabel, type Calendar } from "@/shared/lib/marketTime";
import { Problem } from "@/shared/ui/Problem";
import { hideToast, toast } from "@/shared/ui/toast";

import classes from "./journal.module.css";
import { FIELD_NAMES, fromField, toField } from "./words";

export interface TradeDrawerProps {
  trade: Trade | "new" | null;
  close: () => void;
}

export function TradeDrawer({ trade, close }: TradeDrawerProps): JSX.Element {
  const title = trade === "new" ? "Add a trade" : trade === null ? "" : `${trade.symbol} ${trade.side.toUpperCase()}, ${r(trade.r)}`;
  return (
    <Drawer opened={trade !== null} onClose={close} position="right" size={440} title={title}>
      {trade !== null && <Form key={trade === "new" ? "new" : trade.id} trade={trade === "new" ? null : trade} close={close} />}
    </Drawer>
  );
}

interface Draft {
  symbol: string;
  side: "long" | "short";
  quantity: number | string;
  entryTime: string;
  entryPrice: number | string;
  exitTime: string;
  exitPrice: number | string;
  stop: number | string;
  fees: number | string;
  planned: boolean;
  tags: string[];
  notes: string;
}

function draftOf(trade: Trade | null, calendar: Calendar, now: string | null): Draft {
  return {
    symbol: trade?.symbol ?? "",
    side: trade?.side ?? "long",
    quantity: trade?.quantity ?? "",
    entryTime: toField(trade?.entryTime ?? now, calendar),
    entryPrice: trade?.entryPrice ?? "",
    exitTime: toField(trade?.exitTime ?? null, calendar),
    exitPrice: trade?.exitPrice ?? "",
    stop: trade?.stop ?? "",
    fees: trade?.fees ?? 0,
    planned: trade?.planned ?? false,
    tags: trade?.tags ?? [],
    notes: trade?.notes ?? "",
  };
}

const orNull = (value: number | string): number | null => (value === "" ? null : Number(value));

function bodyOf(draft: Draft, calendar: Calendar): TradeRequest {
  return {
    symbol: draft.symbol.trim().toUpperCase(),
    side: draft.side,
    quantity: Number(draft.quantity),
    entryTime: fromField(draft.entryTime, calendar) ?? "",
    entryPrice: Number(draft.entryPrice),
    exitTime: fromField(draft.exitTime, calendar),
    exitPrice: orNull(draft.exitPrice),
    stop: orNull(draft.stop),
    fees: Number(draft.fees),
    planned: draft.planned,
    tags: draft.tags,
    notes: draft.notes,
  };
}

function Form({ trade, close }: { trade: Trade | null; close: () => void }): JSX.Element {
  const symbols = useSymbols().data ?? [];
  const now = useReplay().data?.marketTime ?? null;
  const [calendar] = useState<Calendar>(() => symbols.find((item) => item.symbol === trade?.symbol)?.calendar ?? "XNYS");
  const [draft, setDraft] = useState(() => draftOf(trade, calendar, now));
  const changed = useJournalChanged();
  const nameOf = useRuleName();
  const save = useMutation({
    mutationFn: () => {
      const body = bodyOf(draft, calendar);
      return trade === null ? journal.add(body) : journal.change(trade.id, body);
    },
    onSuccess: async () => {
      close();
      await changed();
    },
  });
  const remove = useMutation({
    mutationFn: (gone: Trade) => journal.remove(gone.id),
    onSuccess: async (_nothing, gone) => {
      close();
      sayDeleted(gone, changed);
      await changed();
    },
  });
  const error = save.error ?? remove.error;
  const again = (): void => (save.error === null && trade !== null ? remove.mutate(trade) : save.mutate());
  const wrong = (name: string): string | undefined =>
    error instanceof ApiError ? (error.field(name) ?? error.errors.find((item) => item.attr?.startsWith(`${name}.`))?.detail) : undefined;
  const set =
    <K extends keyof Draft>(name: K) =>
    (value: Draft[K]): void =>
      setDraft((old) => ({ ...old, [name]: value }));
  const zone = zoneLabel(calendar);
  const linked = trade?.signalId != null;
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <div className={classes.pair}>
        <TextInput
          label="Symbol"
          required
          value={draft.symbol}
          onChange={(event) => set("symbol")(event.currentTarget.value)}
          error={wrong("symbol")}
          disabled={linked}
          data-autofocus={trade === null || undefined}
        />
        <div>
          <span className={classes.label}>Side</span>
          <SegmentedControl
            aria-label="Side"
            fullWidth
            value={draft.side}
            onChange={set("side")}
            disabled={linked}
            data={[
              { value: "long", label: "Long" },
              { value: "short", label: "Short" },
            ]}
          />
        </div>
      </div>
      <div className={classes.pair}>
        <NumberInput label="Quantity" required min={0} value={draft.quantity} onChange={set("quantity")} error={wrong("quantity")} />
        <NumberInput label="Fees, both sides" value={draft.fees} onChange={set("fees")} error={wrong("fees")} />
      </div>
      <div className={classes.pair}>
        <TextInput
          type="datetime-local"
          step={1}
          label={`Entered, ${zone}`}
          required
          value={draft.entryTime}
          onChange={(event) => set("entryTime")(event.currentTarget.value)}
          error={wrong("entryTime")}
        />
        <NumberInput label="Entry price" required min={0} value={draft.entryPrice} onChange={set("entryPrice")} error={wrong("entryPrice")} />
      </div>
      <div className={classes.pair}>
        <TextInput
          type="datetime-local"
          step={1}
          label={`Left, ${zone}`}
          value={draft.exitTime}
          onChange={(event) => set("exitTime")(event.currentTarget.value)}
          error={wrong("exitTime")}
        />
        <NumberInput label="Exit price" min={0} value={draft.exitPrice} onChange={set("exitPrice")} error={wrong("exitPrice")} />
      </div>
      <NumberInput
        label="First stop"
        description={linked ? "Without one, 1 R is the alert's ATR" : "Without one, the trade has no R"}
        min={0}
        value={draft.stop}
        onChange={set("stop")}
        error={wrong("stop")}
      />
      <TagsInput label="Tags" placeholder="opening, gap" maxTags={10} value={draft.tags} onChange={set("tags")} error={wrong("tags")} />
      <Textarea
        label="Notes"
        autosize
        minRows={3}
        maxLength={2000}
        value={draft.notes}
        onChange={(event) => set("notes")(event.currentTarget.value)}
        error={wrong("notes")}
      />
      <Switch label="Planned before it was entered" checked={draft.planned} onChange={(event) => set("planned")(event.currentTarget.checked)} />
      {linked && <p className={classes.dim}>Taken on an alert of {nameOf(trade.ruleId ?? "")}: its R counts in the rule&apos;s score.</p>}
      {error && <Problem error={error} names={FIELD_NAMES} retry={again} />}
      <div className={classes.buttons}>
        <Button type="submit" variant="filled" loading={save.isPending}>
          {trade === null ? "Add" : "Save"}
        </Button>
        {trade !== null && (
          <Button variant="default" loading={remove.isPending} onClick={() => remove.mutate(trade)}>
            Delete
          </Button>
        )}
      </div>
    </form>
  );
}

const DELETED = "trade-deleted";

function sayDeleted(trade: Trade, changed: () => Promise<void>): void {
  const undo = async (): Promise<void> => {
    await hideToast(DELETED);
    try {
      await journal.restore(trade.id);
    } catch (error) {
      void toast({ id: DELETED, color: "bad", withBorder: true, message: `Not restored: ${(error as Error).message}` });
    }
    await changed();
  };
  void toast({
    id: DELETED,
    autoClose: 6000,
    withBorder: true,
    withCloseButton: true,
    closeButtonProps: { "aria-label": "Close" },
    message: (
      <span className={classes.toast} data-testid="trade-toast">
        {trade.symbol} {trade.side} deleted.
        <Button size="compact-xs" onClick={() => void undo()}>
          Undo
        </Button>
      </span>
    ),
  });
}
