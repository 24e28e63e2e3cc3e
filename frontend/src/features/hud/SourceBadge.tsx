import { Button, Popover, SegmentedControl, UnstyledButton } from "@mantine/core";
import {
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerSkipForward,
  IconRefresh,
} from "@tabler/icons-react";
import type { JSX } from "react";

import { useControlReplay, useReplay } from "@/shared/api/queries";
import type { ReplayState } from "@/shared/api/types";

import classes from "./hud.module.css";

const SPEEDS = ["1", "10", "60", "300"];

export function sourceText(state: ReplayState): string {
  if (state.source === "live") return "LIVE";
  const name = state.source === "replay" ? "REPLAY" : "SYNTHETIC";
  if (state.paused) return `${name} paused`;
  // Speed 0 asks for no pace at all.
  return state.speed === 0 ? `${name} unpaced` : `${name} ${state.speed}×`;
}

/** Where the bars come from, always in sight; for a replay also its controls. */
export function SourceBadge(): JSX.Element {
  const replay = useReplay();
  const state = replay.data;
  if (state === undefined) return <span className={classes.badge}>{replay.error ? "SOURCE ?" : "…"}</span>;
  const text = sourceText(state);
  if (!state.controllable) {
    return (
      <span className={classes.badge} data-source={state.source} data-testid="source-badge">
        {text}
      </span>
    );
  }
  return (
    <Popover position="bottom-start" withinPortal trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className={classes.badge} data-source={state.source} data-testid="source-badge" aria-label={`Source: ${text}. Replay controls`}>
          {text}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <ReplayControls state={state} />
      </Popover.Dropdown>
    </Popover>
  );
}

function ReplayControls({ state }: { state: ReplayState }): JSX.Element {
  const control = useControlReplay();
  const speeds = SPEEDS.includes(String(state.speed)) ? SPEEDS : [...SPEEDS, String(state.speed)];
  return (
    <div className={classes.controls}>
      <Button
        leftSection={state.paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
        onClick={() => control.mutate({ action: state.paused ? "resume" : "pause" })}
      >
        {state.paused ? "Resume" : "Pause"}
      </Button>
      <SegmentedControl
        aria-label="Speed"
        value={String(state.speed)}
        onChange={(speed) => control.mutate({ action: "speed", speed: Number(speed) })}
        data={speeds.map((speed) => ({ value: speed, label: speed === "0" ? "Unpaced" : `${speed}×` }))}
      />
      <Button leftSection={<IconPlayerSkipForward size={16} />} onClick={() => control.mutate({ action: "nextAlert" })}>
        To the next alert
      </Button>
      <Button leftSection={<IconRefresh size={16} />} onClick={() => control.mutate({ action: "restart" })}>
        Restart
      </Button>
      {control.error && (
        <p role="alert" className={classes.problem}>
          {control.error.message}
        </p>
      )}
    </div>
  );
}
