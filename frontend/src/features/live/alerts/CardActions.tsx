import { Button, Kbd } from "@mantine/core";
import { IconBellOff } from "@tabler/icons-react";
import { useRef, type JSX, type ReactNode } from "react";

import { useRuleSettings, useSaveRuleSettings } from "@/shared/api/queries";
import type { Alert } from "@/shared/api/types";
import { exchangeDateKey } from "@/shared/lib/marketTime";
import { keyCap } from "@/shared/lib/keys";
import { useRealtime } from "@/shared/realtime/context";
import { useBindings, useCardKeys } from "@/shared/ui/keyboard";

import classes from "./card.module.css";

const HOUR = 3_600_000;

/** The next midnight of the exchange after market time `now`: "today" is over then. */
export function endOfDay(now: number): number {
  const today = exchangeDateKey(now, "XNYS");
  let at = Math.ceil(now / HOUR) * HOUR;
  while (exchangeDateKey(at, "XNYS") === today) at += HOUR;
  return at;
}

export function CardActions({ alert, children }: { alert: Alert; children: ReactNode }): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const bindings = useBindings();
  const { market } = useRealtime();
  const save = useSaveRuleSettings(alert.ruleId);
  const mode = useRuleSettings(alert.ruleId).data?.mode;
  const mute = (): void => {
    const now = market.marketNow;
    if (now !== null) save.mutate({ mode: mode ?? "on", mutedUntil: new Date(endOfDay(now)).toISOString() });
  };
  useCardKeys(root, { muteRule: mute });
  return (
    <div ref={root} className={classes.actions}>
      {children}
      <Button
        size="compact-xs"
        leftSection={<IconBellOff size={14} aria-hidden />}
        rightSection={<Kbd size="xs">{keyCap(bindings.muteRule)}</Kbd>}
        onClick={mute}
        loading={save.isPending}
      >
        {save.isSuccess ? "Muted today" : "Mute rule"}
      </Button>
      {save.error && (
        <span role="alert" className={classes.problem}>
          {save.error.message}
        </span>
      )}
    </div>
  );
}
