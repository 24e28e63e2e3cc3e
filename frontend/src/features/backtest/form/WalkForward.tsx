import { NumberInput, Switch } from "@mantine/core";
import type { JSX } from "react";

import type { FormState } from "./model";
import classes from "./form.module.css";
import { typed } from "./RuleParams";

export interface WalkForwardProps {
  value: FormState["walkForward"];
  change: (value: FormState["walkForward"]) => void;
  field: (attr: string) => string | undefined;
}

/** Choose the best variant on past sessions, trade it on the next ones, move on. */
export function WalkForward({ value, change, field }: WalkForwardProps): JSX.Element {
  return (
    <div>
      <Switch
        label="Walk forward"
        description="Choose on past sessions, trade the choice on the next ones"
        checked={value !== null}
        onChange={(event) => change(event.currentTarget.checked ? { train: 10, test: 5 } : null)}
      />
      {value && (
        <div className={classes.walk}>
          <NumberInput
            label="Choose on, sessions"
            value={value.train}
            onChange={(next) => change({ ...value, train: typed(next) })}
            min={5}
            clampBehavior="none"
            error={field("walkForward.train")}
          />
          <NumberInput
            label="Trade, sessions"
            value={value.test}
            onChange={(next) => change({ ...value, test: typed(next) })}
            min={1}
            clampBehavior="none"
            error={field("walkForward.test")}
          />
        </div>
      )}
    </div>
  );
}
