import { Button, Kbd, Popover } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useRef, useState, type JSX } from "react";

import { api } from "@/shared/api/endpoints";
import { ApiError } from "@/shared/api/http";
import { keys } from "@/shared/api/queries";
import type { Alert } from "@/shared/api/types";
import { keyCap } from "@/shared/lib/keys";
import { useRealtime } from "@/shared/realtime/context";
import { useBindings, useCardKeys } from "@/shared/ui/keyboard";
import { Loading } from "@/shared/ui/states";

const TakeForm = lazy(() => import("./TakeForm"));

/** Writes the trade into the journal, linked to its signal: entry and stop as the card says. */
export function TookIt({ alert, size }: { alert: Alert; size: number | null }): JSX.Element {
  const bindings = useBindings();
  const queries = useQueryClient();
  const { market } = useRealtime();
  const root = useRef<HTMLButtonElement>(null);
  const [opened, setOpened] = useState(false);
  const take = useMutation({
    mutationFn: (quantity: number) =>
      api.takeTrade({
        symbol: alert.symbol,
        side: alert.direction,
        quantity,
        entryTime: new Date(market.marketNow ?? alert.ts).toISOString(),
        entryPrice: market.get(alert.symbol).price ?? alert.levels.entry,
        stop: alert.levels.stop,
        signalId: alert.signalId,
      }),
    onSuccess: async () => {
      setOpened(false);
      await queries.invalidateQueries({ queryKey: keys.journalStats });
    },
  });
  useCardKeys(root, { tookIt: () => setOpened(true) });
  const problem = take.error instanceof ApiError ? (take.error.field("quantity") ?? take.error.message) : take.error?.message;
  return (
    <Popover opened={opened} onChange={setOpened} trapFocus position="bottom-start" withinPortal>
      <Popover.Target>
        <Button
          ref={root}
          size="compact-xs"
          leftSection={<IconCheck size={14} aria-hidden />}
          rightSection={<Kbd size="xs">{keyCap(bindings.tookIt)}</Kbd>}
          disabled={take.isSuccess}
          onClick={() => setOpened(true)}
        >
          {take.isSuccess ? "In the journal" : "Took it"}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Suspense fallback={<Loading label="Loading the form" rows={2} />}>
          <TakeForm size={size} busy={take.isPending} problem={problem} save={(quantity) => take.mutate(quantity)} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
