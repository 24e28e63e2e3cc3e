import type { JSX } from "react";

import classes from "./chart.module.css";
import { FRAMES, type Frame } from "./frames";

export interface FramePickerProps {
  frame: Frame;
  onFrame: (frame: Frame) => void;
}

/** The chart's timeframe. */
export function FramePicker({ frame, onFrame }: FramePickerProps): JSX.Element {
  return (
    <select
      className={classes.frame}
      aria-label="Timeframe"
      value={frame}
      onChange={(event) => {
        onFrame(event.currentTarget.value as Frame);
        event.currentTarget.blur(); // the keys belong to the page again
      }}
    >
      {FRAMES.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}
