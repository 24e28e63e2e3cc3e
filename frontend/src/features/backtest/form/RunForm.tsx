import { Button, MultiSelect, SegmentedControl, Select, Switch } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import type { JSX } from "react";

import { ApiError } from "@/shared/api/http";
import type { Instrument, Rule } from "@/shared/api/types";
import { plural } from "@/shared/lib/format";
import { Problem } from "@/shared/ui/Problem";

import { defaultsOf, missing, TIMEFRAMES, variantCount, type FormState } from "./model";
import classes from "./form.module.css";
import { RangeField } from "./RangeField";
import { RuleParams } from "./RuleParams";
import { WalkForward } from "./WalkForward";

export type Mode = "run" | "sweep";

export interface RunFormProps {
  mode: Mode;
  form: FormState;
  change: (form: FormState) => void;
  instruments: readonly Instrument[];
  rules: readonly Rule[];
  submit: () => void;
  busy: boolean;
  error: Error | null;
}

/** Symbol, dates, rules and their parameters; what the server refuses stands at the field it names. */
export function RunForm(props: RunFormProps): JSX.Element {
  const { mode, form, change, instruments, submit, busy, error } = props;
  const field = (attr: string): string | undefined => (error instanceof ApiError ? error.field(attr) : undefined);
  const set = (part: Partial<FormState>): void => change({ ...form, ...part });
  const instrument = instruments.find((item) => item.symbol === form.symbol);
  const hint = missing(form, mode === "sweep");
  const variants = variantCount(form.axes);
  return (
    <form
      className={classes.form}
      aria-label={mode === "run" ? "Backtest" : "Sweep"}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className={classes.fields}>
        <div className={classes.pair}>
          <Select
            label="Symbol"
            data={instruments.map((item) => ({ value: item.symbol, label: item.symbol, disabled: item.dataRange === null }))}
            value={form.symbol === "" ? null : form.symbol}
            onChange={(symbol) => set({ symbol: symbol ?? "" })}
            searchable
            error={field("symbol")}
          />
          <Select
            label="Session"
            data={[
              { value: "regular", label: "Regular" },
              { value: "extended", label: "Extended" },
            ]}
            value={form.session}
            onChange={(session) => set({ session: session === "extended" ? "extended" : "regular" })}
            error={field("session")}
          />
        </div>
        <SegmentedControl
          aria-label="Timeframe"
          fullWidth
          data={[...TIMEFRAMES]}
          value={form.timeframe}
          onChange={(timeframe) => set({ timeframe })}
        />
        {field("timeframe") !== undefined && <p className={classes.problem}>{field("timeframe")}</p>}
        <RangeField form={form} set={set} instrument={instrument} error={field("start") ?? field("end")} />
        <Rules {...props} field={field} set={set} />
        {mode === "run" ? (
          <Switch
            label="Through my gates"
            description="What the governor would have held back, and what that saved or cost"
            checked={form.governor}
            onChange={(event) => set({ governor: event.currentTarget.checked })}
          />
        ) : (
          <WalkForward value={form.walkForward} change={(walkForward) => set({ walkForward })} field={field} />
        )}
      </div>
      <div className={classes.foot}>
        {error && <Problem error={error} retry={submit} />}
        {hint !== null && <p className={classes.hint}>{hint}</p>}
        <Button
          type="submit"
          size="sm"
          variant="filled"
          fullWidth
          loading={busy}
          disabled={hint !== null}
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
        >
          {mode === "run" ? "Run backtest" : `Try ${plural(variants, "variant")}`}
        </Button>
      </div>
    </form>
  );
}

type RulesProps = RunFormProps & {
  field: (attr: string) => string | undefined;
  set: (part: Partial<FormState>) => void;
};

function Rules({ mode, form, rules, field, set }: RulesProps): JSX.Element {
  const options = rules.map((rule) => ({ value: rule.ruleId, label: rule.title }));
  const chosen = (ruleId: string): FormState["rules"][number] => {
    const rule = rules.find((item) => item.ruleId === ruleId);
    return form.rules.find((item) => item.ruleId === ruleId) ?? { ruleId, params: rule ? defaultsOf(rule) : {} };
  };
  const shown = mode === "sweep" ? form.rules.slice(0, 1) : form.rules;
  return (
    <>
      {mode === "sweep" ? (
        <Select
          label="Rule"
          data={options}
          value={form.rules[0]?.ruleId ?? null}
          onChange={(ruleId) => set({ rules: ruleId === null ? [] : [chosen(ruleId)], axes: {} })}
          error={field("ruleId") ?? field("grid")}
        />
      ) : (
        <MultiSelect
          label="Rules"
          data={options}
          value={form.rules.map((item) => item.ruleId)}
          onChange={(ids) => set({ rules: ids.map(chosen) })}
          placeholder={form.rules.length === 0 ? "Choose rules" : ""}
          hidePickedOptions
          error={field("rules")}
        />
      )}
      {shown.map((item, index) => {
        const rule = rules.find((known) => known.ruleId === item.ruleId);
        if (rule === undefined) return null;
        const path = (name: string): string => (name === "ruleId" ? `rules.${index}.ruleId` : `rules.${index}.params.${name}`);
        const sweepField = (name: string): string | undefined => field(`grid.${name}`) ?? field(`params.${name}`);
        return (
          <RuleParams
            key={item.ruleId}
            rule={rule}
            chosen={item}
            change={(params) => set({ rules: form.rules.map((other) => (other === item ? { ...other, params } : other)) })}
            error={mode === "sweep" ? sweepField : (name) => field(path(name))}
            {...(mode === "sweep"
              ? { axes: form.axes, vary: (axes: FormState["axes"]) => set({ axes }) }
              : { remove: form.rules.length > 1 ? () => set({ rules: form.rules.filter((other) => other !== item) }) : undefined })}
          />
        );
      })}
    </>
  );
}
