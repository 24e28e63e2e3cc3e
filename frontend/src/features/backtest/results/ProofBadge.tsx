import { Popover, UnstyledButton } from "@mantine/core";
import type { JSX } from "react";

import type { Proof } from "@/shared/api/backtest";
import { count, number, plural } from "@/shared/lib/format";
import { HealthShape, type Health } from "@/shared/ui/shapes";

import classes from "./results.module.css";

interface Check {
  health: Health;
  title: string;
  text: string;
}

function prefixCheck({ prefix }: Proof): Check {
  const bars = prefix.triggers + prefix.silences;
  const same = `${plural(prefix.triggers, "trigger")} and ${plural(prefix.silences, "silent bar")} evaluated again without any later bar`;
  return prefix.ok
    ? { health: bars > 0 ? "good" : "unknown", title: "No look-ahead", text: `${same}: the same.` }
    : { health: "poor", title: "Look-ahead", text: `${same}: ${plural(prefix.failedSeqs.length, "bar")} differ, seq ${prefix.failedSeqs.join(", ")}.` };
}

function windowCheck({ window }: Proof): Check {
  const triggers = window.windows.reduce((sum, item) => sum + item.triggers, 0);
  const words = `${plural(window.windows.length, "random window")} run from their own start, ${plural(triggers, "trigger")}`;
  return window.ok
    ? { health: window.windows.length > 0 ? "good" : "unknown", title: "Same from any start", text: `${words}: the same.` }
    : { health: "poor", title: "Depends on the start", text: `${words}: some differ.` };
}

function warmupCheck({ warmup }: Proof): Check {
  const without = warmup.withoutWarmup;
  const worth =
    without === null
      ? ""
      : ` Without it the first ${plural(without.bars, "bar")} would miss ${without.missing} and add ${without.added} of ${plural(without.triggers, "trigger")}; confidence off by up to ${number(without.confidenceDrift * 100, 1)}.`;
  return warmup.warm
    ? { health: "good", title: "Warm", text: `${count(warmup.bars)} bars before the first one.${worth}` }
    : { health: "fair", title: "Partly cold", text: `Data begin late: ${plural(warmup.coldTriggers, "trigger")} without a full warm-up.${worth}` };
}

const WORST: readonly Health[] = ["poor", "fair", "unknown", "good"];
const WORD: Record<Health, string> = { good: "Proven", fair: "Partly proven", poor: "Proof failed", unknown: "Nothing to prove" };

/** What the run checked of itself; the whole of it on a click. */
export function ProofBadge({ proof }: { proof: Proof }): JSX.Element {
  const checks = [prefixCheck(proof), windowCheck(proof), warmupCheck(proof)];
  const worst = WORST.find((health) => checks.some((check) => check.health === health)) ?? "unknown";
  return (
    <Popover width={340} position="bottom-end" withinPortal trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className={classes.badge} data-testid="proof">
          <HealthShape health={worst} /> {WORD[worst]}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <ul className={classes.checks}>
          {checks.map((check) => (
            <li key={check.title}>
              <HealthShape health={check.health} /> <b>{check.title}.</b> {check.text}
            </li>
          ))}
        </ul>
        <p className={classes.caption}>The evaluator is the one that runs live.</p>
      </Popover.Dropdown>
    </Popover>
  );
}
