import { SegmentedControl, Skeleton } from "@mantine/core";
import { IconBellOff } from "@tabler/icons-react";
import type { JSX } from "react";

import { useRuleSettings, useSaveRuleSettings } from "@/shared/api/queries";
import type { Rule } from "@/shared/api/types";
import { weekdayTime } from "@/shared/lib/marketTime";
import { useMute } from "@/shared/realtime/useMute";

import classes from "./mode.module.css";

const MODES = [
  { value: "on", label: "On" },
  { value: "silent", label: "Silent" },
  { value: "off", label: "Off" },
] as const;

/** Whether a rule may alert, and whether it is muted for a while. */
export function Mode({ rule }: { rule: Rule }): JSX.Element {
  const settings = useRuleSettings(rule.ruleId);
  const save = useSaveRuleSettings(rule.ruleId);
  const mute = useMute(rule.ruleId);
  const problem = save.error ?? mute.error;
  if (settings.data === undefined) {
    if (settings.error === null) return <Skeleton className={classes.waiting ?? ""} radius="sm" />;
    return (
      <button type="button" className={classes.button} title={settings.error.message} onClick={() => void settings.refetch()}>
        Not loaded, retry
      </button>
    );
  }
  const { mode, mutedUntil } = settings.data;
  return (
    <span className={classes.mode}>
      <SegmentedControl
        aria-label={`Alerts of ${rule.title}`}
        size="xs"
        value={mode}
        onChange={(value) => save.mutate({ mode: value, mutedUntil })}
        data={[...MODES]}
      />
      {mute.until !== null && (
        <button
          type="button"
          className={classes.button}
          title={`Muted until ${weekdayTime(mute.until, "XNYS")}`}
          onClick={mute.toggle}
        >
          <IconBellOff size={14} aria-hidden /> Unmute
        </button>
      )}
      {problem && (
        <span role="alert" className={classes.problem}>
          {problem.message}
        </span>
      )}
    </span>
  );
}
