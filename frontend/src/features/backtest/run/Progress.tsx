import { Button, Skeleton } from "@mantine/core";
import type { JSX } from "react";

import type { AnyRun } from "@/shared/api/backtest";
import { useRuleName } from "@/shared/api/ruleNames";
import { clock, percent, plural } from "@/shared/lib/format";
import { Problem } from "@/shared/ui/Problem";
import { useWallClock } from "../useWallClock";

import { useRemoveRun } from "../queries";
import { runTitle } from "../words";
import classes from "./run.module.css";

/** What is under way: how far, how long, and a way out. The result's places stand ready. */
export function Progress({ run }: { run: AnyRun }): JSX.Element {
  const cancel = useRemoveRun();
  const now = useWallClock();
  const running = run.status === "running";
  const title = runTitle(run, useRuleName());
  return (
    <div className={classes.progress}>
      <div className={classes.progressHead}>
        <b>{running ? "Running" : "Waiting for a worker"}</b>
        <span className={classes.dim}>{title}</span>
        <span>{running ? percent(run.progress) : ""}</span>
        {run.kind === "sweep" && <span className={classes.dim}>{plural(variantsOf(run), "variant")}</span>}
        <span className={classes.dim}>{clock(now - Date.parse(run.createdAt))}</span>
        <span className={classes.space} />
        <Button onClick={() => cancel.mutate(run.id)} loading={cancel.isPending}>
          Cancel
        </Button>
      </div>
      <progress className={classes.bar} value={run.progress} max={1} aria-label={`Progress of ${title}`} />
      {cancel.error && <Problem error={cancel.error} />}
      <div aria-hidden className={classes.ready}>
        <Skeleton height={84} radius="md" />
        <Skeleton height={280} radius="md" />
        <Skeleton height={96} radius="md" />
        <Skeleton height={180} radius="md" />
      </div>
    </div>
  );
}

function variantsOf(run: Extract<AnyRun, { kind: "sweep" }>): number {
  return Object.values(run.request.grid).reduce((product, values) => product * values.length, 1);
}
