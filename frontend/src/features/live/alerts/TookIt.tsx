import { Button, Kbd, Popover } from "@mantine/core";
import { IconCheck, IconDoorExit } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { lazy, Suspense, useRef, useState, type JSX } from "react";

import { ApiError } from "@/shared/api/http";
import { journal, useJournalChanged, useTaken, type Trade } from "@/shared/api/journal";
import type { Alert, Instrument } from "@/shared/api/types";
import { price, r } from "@/shared/lib/format";
import { keyCap } from "@/shared/lib/keys";
import { useRealtime } from "@/shared/realtime/context";
import { useBindings, useCardKeys } from "@/shared/ui/keyboard";
import { Loading } from "@/shared/ui/states";

import classes from "./card.module.css";
import { isOver } from "./model";

const TakeForm = lazy(() => import("./TakeForm"));

export interface TookItProps {
  alert: Alert;
  instrument: Instrument | undefined;
  size: number | null;
}

/** The trade of an alert in the journal: taken at the last price, left at the last price, what it came to. */
export function TookIt(props: TookItProps): JSX.Element | null {
  const { known, trade } = useTaken(props.alert.signalId);
  if (!known) return null;
  if (trade === undefined) return isOver(props.alert.outcome) ? null : <Take {...props} />;
  if (trade.open) return <Leave {...props} trade={trade} />;
  return <span className={classes.taken}>Taken {r(trade.r)}</span>;
}

function problemOf(error: Error | null): string | undefined {
  if (error === null) return undefined;
  return error instanceof ApiError ? (error.field("quantity") ?? error.message) : error.message;
}

function Take({ alert, instrument, size }: TookItProps): JSX.Element {
  const bindings = useBindings();
  const changed = useJournalChanged();
  const { market } = useRealtime();
  const root = useRef<HTMLButtonElement>(null);
  const [opened, setOpened] = useState(false);
  const last = market.get(alert.symbol).price ?? alert.levels.entry;
  const take = useMutation({
    mutationFn: (quantity: number) =>
      journal.add({
        signalId: alert.signalId,
        quantity,
        entryPrice: market.get(alert.symbol).price ?? alert.levels.entry,
        stop: alert.levels.stop,
      }),
    onSuccess: async () => {
      setOpened(false);
      // Its keys go on where this button no longer is: T then closes the trade.
      root.current?.closest("article")?.focus({ preventScroll: true });
      await changed();
    },
  });
  useCardKeys(root, { tookIt: () => setOpened(true) });
  return (
    <Popover opened={opened} onChange={setOpened} trapFocus position="bottom-start" withinPortal>
      <Popover.Target>
        <Button
          ref={root}
          size="compact-xs"
          leftSection={<IconCheck size={14} aria-hidden />}
          rightSection={<Kbd size="xs">{keyCap(bindings.tookIt)}</Kbd>}
          onClick={() => setOpened(true)}
        >
          Took it
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Suspense fallback={<Loading label="Loading the form" rows={2} />}>
          <TakeForm
            size={size}
            entry={price(last, instrument?.tickSize ?? 0.01)}
            busy={take.isPending}
            problem={problemOf(take.error)}
            save={(quantity) => take.mutate(quantity)}
          />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}

function Leave({ alert, instrument, trade }: TookItProps & { trade: Trade }): JSX.Element {
  const bindings = useBindings();
  const changed = useJournalChanged();
  const { market } = useRealtime();
  const root = useRef<HTMLButtonElement>(null);
  const leave = useMutation({
    mutationFn: () => {
      const { price: last } = market.get(alert.symbol);
      if (last === null || market.marketNow === null) throw new Error("No price yet.");
      return journal.change(trade.id, { exitPrice: last, exitTime: new Date(market.marketNow).toISOString() });
    },
    onSuccess: changed,
  });
  useCardKeys(root, { tookIt: () => leave.mutate() });
  return (
    <>
      <Button
        ref={root}
        size="compact-xs"
        leftSection={<IconDoorExit size={14} aria-hidden />}
        rightSection={<Kbd size="xs">{keyCap(bindings.tookIt)}</Kbd>}
        title={`Taken ${trade.quantity} at ${price(trade.entryPrice, instrument?.tickSize ?? 0.01)}`}
        loading={leave.isPending}
        onClick={() => leave.mutate()}
      >
        Closed it
      </Button>
      {leave.error && (
        <span role="alert" className={classes.problem}>
          {leave.error.message}
        </span>
      )}
    </>
  );
}
