import "@mantine/dates/styles.layer.css";

import { DatePickerInput } from "@mantine/dates";
import { IconCalendar } from "@tabler/icons-react";
import type { JSX } from "react";

import type { Instrument } from "@/shared/api/types";

import { dateBounds, type FormState } from "./model";
import classes from "./form.module.css";

export interface RangeFieldProps {
  form: Pick<FormState, "start" | "end">;
  set: (part: Pick<FormState, "start" | "end">) => void;
  instrument: Instrument | undefined;
  error: string | undefined;
}

const LENGTHS = [
  { days: 0, label: "1 d", title: "The last session" },
  { days: 6, label: "1 w", title: "The last week" },
  { days: 27, label: "4 w", title: "The last four weeks" },
  { days: 89, label: "3 mo", title: "The last three months" },
  { days: 364, label: "1 y", title: "The last year" },
] as const;

/** Session dates, both included, within what the symbol has bars of. */
export function RangeField({ form, set, instrument, error }: RangeFieldProps): JSX.Element {
  const bounds = instrument ? dateBounds(instrument) : null;
  const last = (days: number): void => {
    if (bounds === null) return;
    const start = new Date(Date.parse(bounds.last) - days * 86_400_000).toISOString().slice(0, 10);
    set({ start: start > bounds.first ? start : bounds.first, end: bounds.last });
  };
  return (
    <div>
      <DatePickerInput
        type="range"
        label="Dates"
        allowSingleDateInRange
        placeholder="First and last session"
        valueFormat="MMM DD, YYYY"
        value={[form.start, form.end]}
        onChange={([start, end]) => set({ start, end })}
        leftSection={<IconCalendar size={16} aria-hidden />}
        firstDayOfWeek={1}
        size="xs"
        {...(bounds ? { minDate: bounds.first, maxDate: bounds.last } : {})}
        error={error}
        popoverProps={{ position: "bottom-start" }}
      />
      <div className={classes.lengths}>
        {LENGTHS.map(({ days, label, title }) => (
          <button key={label} type="button" title={title} onClick={() => last(days)}>
            {label}
          </button>
        ))}
        <button type="button" title="Every bar there is" onClick={() => bounds && set({ start: bounds.first, end: bounds.last })}>
          All
        </button>
      </div>
    </div>
  );
}
