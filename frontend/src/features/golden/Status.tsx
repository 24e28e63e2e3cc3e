import type { JSX } from "react";

import type { GoldenCase } from "@/shared/api/golden";
import { plural } from "@/shared/lib/format";
import { HealthShape } from "@/shared/ui/shapes";

import classes from "./golden.module.css";

/** Whether a case holds on the installed evaluator: shape and word. */
export function Status({ run }: { run: GoldenCase["lastRun"] }): JSX.Element {
  const pass = run.status === "pass";
  return (
    <span className={classes.status} data-status={run.status}>
      <HealthShape health={pass ? "good" : "poor"} /> {pass ? "passes" : plural(run.differenceCount, "difference")}
    </span>
  );
}
