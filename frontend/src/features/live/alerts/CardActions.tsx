import { Button, Kbd } from "@mantine/core";
import { IconBell, IconBellOff } from "@tabler/icons-react";
import { useRef, type JSX, type ReactNode } from "react";

import type { Alert } from "@/shared/api/types";
import { keyCap } from "@/shared/lib/keys";
import { weekdayTime } from "@/shared/lib/marketTime";
import { useMute } from "@/shared/realtime/useMute";
import { useBindings, useCardKeys } from "@/shared/ui/keyboard";
import { toast } from "@/shared/ui/toast";

import classes from "./card.module.css";

export interface CardActionsProps {
  alert: Alert;
  /** The rule's name, for what is said of it. */
  title: string;
  children: ReactNode;
}

/** What a mute did: the card shows no more of it than another word on its button. */
function tell(title: string, until: number | null): void {
  const message = until === null ? `${title} is no longer muted.` : `${title} is muted until ${weekdayTime(until, "XNYS")}.`;
  void toast({ id: "mute", autoClose: 6000, withBorder: true, message });
}

export function CardActions({ alert, title, children }: CardActionsProps): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const bindings = useBindings();
  const mute = useMute(alert.ruleId, (until) => tell(title, until));
  const muted = mute.until !== null;
  const Bell = muted ? IconBell : IconBellOff;
  useCardKeys(root, { muteRule: mute.toggle });
  return (
    <div ref={root} className={classes.actions}>
      {children}
      <Button
        size="compact-xs"
        leftSection={<Bell size={14} aria-hidden />}
        rightSection={<Kbd size="xs">{keyCap(bindings.muteRule)}</Kbd>}
        onClick={mute.toggle}
        loading={mute.pending}
      >
        {muted ? "Unmute rule" : "Mute rule"}
      </Button>
      {mute.error && (
        <span role="alert" className={classes.problem}>
          {mute.error.message}
        </span>
      )}
    </div>
  );
}
