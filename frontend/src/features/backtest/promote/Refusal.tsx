import type { JSX } from "react";

import { ApiError } from "@/shared/api/http";
import { Problem } from "@/shared/ui/Problem";
import { Scroll } from "@/shared/ui/Scroll";

import classes from "./promote.module.css";

/** Why the case was refused: the kill rate, and each fault that it let live. */
export function Refusal({ error, retry }: { error: Error; retry: () => void }): JSX.Element {
  if (!(error instanceof ApiError) || error.status !== 422) return <Problem error={error} retry={retry} />;
  const survivors = error.errors.filter((item) => item.code === "survivor");
  const reasons = error.errors.filter((item) => item.code !== "survivor");
  return (
    <div className={classes.refusal} role="alert">
      {reasons.map((item) => (
        <p key={item.detail}>{item.detail}</p>
      ))}
      <Survivors survivors={survivors.map((item) => item.detail)} />
      {error.requestId !== null && <small>Request {error.requestId}</small>}
    </div>
  );
}

export function Survivors({ survivors }: { survivors: readonly string[] }): JSX.Element | null {
  if (survivors.length === 0) return null;
  return (
    <>
      <p className={classes.survivorsHead}>Faults that it lets live:</p>
      <Scroll label="Faults that it lets live" className={classes.survivors}>
        <ul>
          {survivors.map((item) => (
            <li key={item}>
              <code>{item}</code>
            </li>
          ))}
        </ul>
      </Scroll>
    </>
  );
}
