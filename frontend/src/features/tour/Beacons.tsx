import "@mantine/core/styles/Tour.layer.css";

import { Tour } from "@mantine/core";
import { useMemo, type JSX } from "react";

import type { TourStep } from "@/shared/api/tour";

import { STEPS } from "./steps";
import { useTargets } from "./targets";
import classes from "./tour.module.css";

const ABOVE_THE_PAGE_BELOW_DIALOGS = 150;

/** A point at each step that is left, where it is to be done. Nothing is covered, nothing waits for it. */
export default function Beacons({ done }: { done: readonly TourStep[] }): JSX.Element {
  // The gate moves by a label: before the first one there is nothing to see.
  const left = useMemo(() => STEPS.filter((step) => !done.includes(step.id) && (step.id !== "gate" || done.includes("label"))), [done]);
  const targets = useTargets(useMemo(() => left.map((step) => step.target), [left]));
  // Without its target a beacon would stand in the window's corner.
  const here = left.flatMap((step, index) => {
    const target = targets[index];
    return target ? [{ ...step, target }] : [];
  });
  return (
    <aside aria-label="First steps">
      <Tour
        key={here.map((step) => step.id).join()}
        active
        mode="beacon"
        withOverlay={false}
        withinPortal={false}
        withScrollIntoView={false}
        zIndex={ABOVE_THE_PAGE_BELOW_DIALOGS}
        maxWidth={260}
        labels={{ beacon: "First steps", close: "Close" }}
        transitionProps={{ duration: 0 }}
        classNames={{ root: classes.tour ?? "", beacon: classes.beacon ?? "", beaconPulse: classes.halo ?? "", tooltip: classes.tip ?? "", navigation: classes.navigation ?? "" }}
      >
        {here.map((step) => (
          <Tour.Step key={step.id} target={step.target} title={step.title}>
            {step.text}
          </Tour.Step>
        ))}
      </Tour>
    </aside>
  );
}
