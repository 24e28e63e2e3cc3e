import { Button, Popover, UnstyledButton } from "@mantine/core";
import { IconCheck, IconCircle, IconListCheck } from "@tabler/icons-react";
import { lazy, Suspense, type JSX } from "react";

import { useSaveSettings, useSettings } from "@/shared/api/queries";

import { STEPS } from "./steps";
import classes from "./tour.module.css";

const Beacons = lazy(() => import("./Beacons"));

/** The checklist's chip, until its owner puts it away. */
export function FirstSteps({ className }: { className: string }): JSX.Element | null {
  const tour = useSettings().data?.tour;
  const save = useSaveSettings();
  if (tour === undefined || tour.dismissed) return null;
  const done = STEPS.filter((step) => tour.done.includes(step.id)).length;
  const all = done === STEPS.length;
  return (
    <>
      <Popover position="right-end" withinPortal trapFocus returnFocus>
        <Popover.Target>
          <UnstyledButton className={className} data-testid="first-steps" aria-label={`First steps, ${done}/${STEPS.length} done`}>
            <IconListCheck size={20} aria-hidden />
            <span className={classes.count}>
              {done}/{STEPS.length}
            </span>
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown>
          <div className={classes.panel}>
            <h2 className={classes.title}>First steps</h2>
            <ol className={classes.steps}>
              {STEPS.map((step) => (
                <Step key={step.id} title={step.title} text={step.text} done={tour.done.includes(step.id)} />
              ))}
            </ol>
            <p className={classes.hint}>Alerts marked “demo” are thirty sessions of history that was gone through for you.</p>
            <Button onClick={() => save.mutate({ tour: { ...tour, dismissed: true } })}>{all ? "Done, put it away" : "Put it away"}</Button>
            {save.error && <p role="alert">Not saved: {save.error.message}</p>}
          </div>
        </Popover.Dropdown>
      </Popover>
      {!all && (
        <Suspense fallback={null}>
          <Beacons done={tour.done} />
        </Suspense>
      )}
    </>
  );
}

function Step({ title, text, done }: { title: string; text: string; done: boolean }): JSX.Element {
  return (
    <li className={classes.step} data-done={done || undefined}>
      {done ? <IconCheck size={16} aria-hidden /> : <IconCircle size={16} aria-hidden />}
      <span>
        <b>{title}</b>
        {done && <span className={classes.done}> done</span>}
        <span className={classes.text}>{text}</span>
      </span>
    </li>
  );
}
