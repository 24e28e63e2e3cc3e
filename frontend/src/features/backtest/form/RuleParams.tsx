import { ActionIcon, NumberInput, Tooltip } from "@mantine/core";
import { IconArrowsHorizontal, IconRestore, IconX } from "@tabler/icons-react";
import type { JSX } from "react";

import type { Rule } from "@/shared/api/types";

import { axisAround, defaultsOf, paramFields, stepOf, type FormState, type ParamField, type Typed, type TypedAxis } from "./model";
import classes from "./form.module.css";

type ErrorOf = (attr: string) => string | undefined;

export interface RuleParamsProps {
  rule: Rule;
  chosen: FormState["rules"][number];
  change: (params: Record<string, Typed>) => void;
  remove?: (() => void) | undefined;
  /** What the server says about `params.NAME` of this rule. */
  error: ErrorOf;
  /** In a sweep a parameter can be varied. */
  axes?: FormState["axes"];
  vary?: (axes: FormState["axes"]) => void;
}

/** A rule's parameters, as its JSON schema describes them. */
export function RuleParams({ rule, chosen, change, remove, error, axes, vary }: RuleParamsProps): JSX.Element {
  const fields = paramFields(rule.params);
  const defaults = defaultsOf(rule);
  const changed = fields.some((field) => chosen.params[field.name] !== defaults[field.name]);
  const refused = error("ruleId");
  return (
    <fieldset className={classes.rule}>
      <legend className={classes.ruleName}>
        <Tooltip label={rule.description} multiline w={260} position="right">
          <span>{rule.title}</span>
        </Tooltip>
        <span className={classes.space} />
        {changed && (
          <ActionIcon size={24} aria-label={`Defaults of ${rule.title}`} title="Back to the defaults" onClick={() => change(defaults)}>
            <IconRestore size={14} aria-hidden />
          </ActionIcon>
        )}
        {remove && (
          <ActionIcon size={24} aria-label={`Remove ${rule.title}`} onClick={remove}>
            <IconX size={14} aria-hidden />
          </ActionIcon>
        )}
      </legend>
      {refused !== undefined && <p className={classes.problem}>{refused}</p>}
      <div className={classes.params}>
        {fields.map((field) => {
          const axis = axes?.[field.name];
          return (
            <Param
              key={field.name}
              field={field}
              value={chosen.params[field.name] ?? field.default}
              error={error(field.name)}
              onChange={(value) => change({ ...chosen.params, [field.name]: value })}
              axis={axis}
              vary={vary && axes ? (next) => vary(withAxis(axes, field.name, next)) : undefined}
            />
          );
        })}
      </div>
    </fieldset>
  );
}

function withAxis(axes: FormState["axes"], name: string, axis: TypedAxis | null): FormState["axes"] {
  const rest = Object.fromEntries(Object.entries(axes).filter(([other]) => other !== name));
  return axis === null ? rest : { ...rest, [name]: axis };
}

interface ParamProps {
  field: ParamField;
  value: Typed;
  error: string | undefined;
  onChange: (value: Typed) => void;
  axis: TypedAxis | undefined;
  vary: ((axis: TypedAxis | null) => void) | undefined;
}

function Param({ field, value, error, onChange, axis, vary }: ParamProps): JSX.Element {
  return (
    <div className={classes.param} data-varied={axis !== undefined || undefined}>
      <div className={classes.paramHead}>
        <Tooltip label={`${field.description} From ${field.minimum} to ${field.maximum}.`} multiline w={220} position="right">
          <span className={classes.paramName}>{field.title}</span>
        </Tooltip>
        {vary && (
          <ActionIcon
            size={24}
            aria-pressed={axis !== undefined}
            aria-label={`Vary ${field.title}`}
            title={axis ? "Hold it fixed" : "Vary it"}
            {...(axis ? { color: "accent", variant: "light" } : {})}
            onClick={() => vary(axis ? null : axisAround(field, value))}
          >
            <IconArrowsHorizontal size={14} aria-hidden />
          </ActionIcon>
        )}
      </div>
      {axis && vary ? (
        <Axis field={field} axis={axis} change={vary} error={error} />
      ) : (
        <NumberInput
          aria-label={field.title}
          value={value}
          onChange={(next) => onChange(typed(next))}
          step={stepOf(field)}
          allowDecimal={!field.whole}
          min={field.minimum}
          max={field.maximum}
          clampBehavior="none"
          error={error}
        />
      )}
    </div>
  );
}

interface AxisProps {
  field: ParamField;
  axis: TypedAxis;
  change: (axis: TypedAxis) => void;
  error: string | undefined;
}

const ENDS = [
  ["from", "from"],
  ["to", "to"],
  ["step", "step"],
] as const;

function Axis({ field, axis, change, error }: AxisProps): JSX.Element {
  return (
    <div className={classes.axis}>
      {ENDS.map(([name, label]) => (
        <NumberInput
          key={name}
          aria-label={`${field.title}, ${label}`}
          description={label}
          inputWrapperOrder={["description", "input", "error"]}
          value={axis[name]}
          onChange={(next) => change({ ...axis, [name]: typed(next) })}
          step={stepOf(field)}
          allowDecimal={!field.whole}
          hideControls
          error={name === "from" ? error : undefined}
        />
      ))}
    </div>
  );
}

export function typed(value: number | string): Typed {
  if (value === "") return "";
  const number = Number(value);
  return Number.isFinite(number) ? number : "";
}
