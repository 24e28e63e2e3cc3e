import { ActionIcon, Button, UnstyledButton } from "@mantine/core";
import { IconArrowsDiff, IconTrash } from "@tabler/icons-react";
import type { JSX } from "react";

import type { AnyRun } from "@/shared/api/backtest";
import { useRuleName } from "@/shared/api/ruleNames";
import type { Instrument } from "@/shared/api/types";
import { ago, percent } from "@/shared/lib/format";
import { dateRange } from "@/shared/lib/marketTime";
import { useWallClock } from "../useWallClock";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import { ended, useRemoveRun, useRuns } from "../queries";
import { runTitle } from "../words";
import classes from "./run.module.css";

export interface RunsProps {
  instruments: readonly Instrument[];
  chosen: string | null;
  compared: string | null;
  open: (id: string) => void;
  compare: (id: string | null) => void;
  setUp: () => void;
}

/** Earlier runs and sweeps, newest first: open, compare, forget. */
export function Runs({ instruments, chosen, compared, open, compare, setUp }: RunsProps): JSX.Element {
  const runs = useRuns();
  return (
    <QueryView query={runs} loading={<Loading label="Loading the runs" rows={8} height={44} />}>
      {({ results }) =>
        results.length === 0 ? (
          <Empty reason="No run yet." action={<Button onClick={setUp}>Set one up</Button>} />
        ) : (
          <ul className={classes.list}>
            {results.map((run) => (
              <Item
                key={run.id}
                run={run}
                instrument={instruments.find((item) => item.symbol === run.request.symbol)}
                chosen={run.id === chosen}
                compared={run.id === compared}
                open={open}
                compare={chosen !== null && chosen !== run.id && run.kind === "run" && run.status === "done" ? compare : undefined}
              />
            ))}
          </ul>
        )
      }
    </QueryView>
  );
}

interface ItemProps {
  run: AnyRun;
  instrument: Instrument | undefined;
  chosen: boolean;
  compared: boolean;
  open: (id: string) => void;
  compare: ((id: string | null) => void) | undefined;
}

const STATUS = { queued: "waiting", running: "running", done: "", failed: "failed, ", cancelled: "cancelled, " } as const;

function Item({ run, instrument, chosen, compared, open, compare }: ItemProps): JSX.Element {
  const remove = useRemoveRun();
  const now = useWallClock();
  const title = runTitle(run, useRuleName());
  const { start, end } = run.request;
  const state = ended(run.status) ? `${STATUS[run.status]}${ago(now - Date.parse(run.createdAt))} ago` : `${STATUS[run.status]} ${percent(run.progress)}`;
  return (
    <li className={classes.item} data-chosen={chosen || undefined}>
      <UnstyledButton className={classes.itemMain} onClick={() => open(run.id)} aria-current={chosen}>
        <span className={classes.itemTitle}>{title}</span>
        <span className={classes.itemText}>
          {dateRange(start, end, instrument?.calendar ?? "XNYS")}; {state}
        </span>
      </UnstyledButton>
      {compare && (
        <ActionIcon
          aria-label={`Compare with ${title}`}
          title="Lay it over the open run"
          aria-pressed={compared}
          {...(compared ? { color: "accent", variant: "light" } : {})}
          onClick={() => compare(compared ? null : run.id)}
        >
          <IconArrowsDiff size={16} aria-hidden />
        </ActionIcon>
      )}
      {!chosen && (
        <ActionIcon
          aria-label={ended(run.status) ? `Forget ${title}` : `Cancel ${title}`}
          onClick={() => remove.mutate(run.id)}
          loading={remove.isPending}
        >
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      )}
    </li>
  );
}
