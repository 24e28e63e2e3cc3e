import { NumberInput } from "@mantine/core";
import { useState, type JSX } from "react";

import { boundProblem, type Bound } from "./bounds";

export interface CommittedNumberProps {
  label: string;
  description: string;
  bound: Bound;
  value: number | null;
  save: (value: number | null) => void;
}

/** A number that is saved when its field is left or Enter is pressed, and only within its bounds. */
export function CommittedNumber({ label, description, bound, value, save }: CommittedNumberProps): JSX.Element {
  const [text, setText] = useState<number | string>(value ?? "");
  const next = text === "" ? null : Number(text);
  const problem = boundProblem(next, bound);
  const commit = (): void => {
    if (problem === undefined && next !== value) save(next);
  };
  return (
    <NumberInput
      label={label}
      description={description}
      clampBehavior="none"
      value={text}
      onChange={setText}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit();
      }}
      error={problem}
    />
  );
}
