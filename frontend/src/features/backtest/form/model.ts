/** The form's state, and how it becomes a request and back (pure). */
import type { AskedRun, ChosenRule, RunRequest, Session, Spaced, StoredSweep, SweepRequest, Values } from "@/shared/api/backtest";
import type { Instrument, JsonSchema, Rule, Timeframe } from "@/shared/api/types";
import { exchangeDateKey, type Calendar } from "@/shared/lib/marketTime";

export const TIMEFRAMES: readonly Exclude<Timeframe, "1s">[] = ["1m", "5m", "15m", "1h", "1d"];

/** What an emptied number field holds until something is typed. */
export type Typed = number | "";
export type TypedValues = Record<string, Typed>;

export interface TypedAxis {
  from: Typed;
  to: Typed;
  step: Typed;
}

export interface FormState {
  symbol: string;
  timeframe: Timeframe;
  /** Session dates, both included: YYYY-MM-DD. */
  start: string | null;
  end: string | null;
  session: Session;
  governor: boolean;
  rules: { ruleId: string; params: TypedValues }[];
  /** Parameters of the first rule that a sweep varies. */
  axes: Record<string, TypedAxis>;
  walkForward: { train: Typed; test: Typed } | null;
}

const DAY_MS = 86_400_000;
const FIRST_DAYS = 28;

export interface ParamField {
  name: string;
  title: string;
  description: string;
  whole: boolean;
  default: number;
  minimum: number;
  maximum: number;
}

/** A rule's parameters as its JSON schema describes them. */
export function paramFields(schema: JsonSchema): ParamField[] {
  return Object.entries(schema.properties ?? {}).map(([name, item]) => ({
    name,
    title: item.title ?? name,
    description: item.description ?? "",
    whole: item.type === "integer",
    default: typeof item.default === "number" ? item.default : 0,
    minimum: item.minimum ?? -Infinity,
    maximum: item.maximum ?? Infinity,
  }));
}

export function defaultsOf(rule: Rule): Values {
  return Object.fromEntries(paramFields(rule.params).map((field) => [field.name, field.default]));
}

/** Step of a number field: 1 for periods, a twentieth of a unit for factors. */
export function stepOf(field: ParamField): number {
  return field.whole ? 1 : 0.05;
}

export interface Bounds {
  first: string;
  last: string;
}

/** First and last date that the symbol has bars of. */
export function dateBounds(instrument: Instrument): Bounds | null {
  const range = instrument.dataRange;
  if (range === null) return null;
  return {
    first: exchangeDateKey(range.from, instrument.calendar),
    last: exchangeDateKey(range.to - 1, instrument.calendar),
  };
}

/** The last four weeks of the first symbol that has bars, on the first rule. */
export function initialForm(instruments: readonly Instrument[], rules: readonly Rule[]): FormState {
  const instrument = instruments.find((item) => item.dataRange !== null);
  const bounds = instrument ? dateBounds(instrument) : null;
  const rule = rules[0];
  return {
    symbol: instrument?.symbol ?? "",
    timeframe: "1m",
    start: bounds && later(dateBefore(bounds.last, FIRST_DAYS), bounds.first),
    end: bounds?.last ?? null,
    session: "regular",
    governor: false,
    rules: rule ? [{ ruleId: rule.ruleId, params: defaultsOf(rule) }] : [],
    axes: {},
    walkForward: null,
  };
}

function dateBefore(date: string, days: number): string {
  return new Date(Date.parse(date) - days * DAY_MS).toISOString().slice(0, 10);
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}

/** A start or end as a session date; `end` is exclusive when it is a moment. */
function asDate(moment: number | string, calendar: Calendar, side: "start" | "end"): string {
  if (typeof moment === "string" && moment.length === 10) return moment;
  const ts = typeof moment === "string" ? Date.parse(moment) : moment;
  return exchangeDateKey(side === "end" ? ts - 1 : ts, calendar);
}

/** The form as a preset or an earlier run asked; parameters left out are the rule's defaults. */
export function formOf(asked: AskedRun, rules: readonly Rule[], calendar: Calendar): FormState {
  return {
    symbol: asked.symbol,
    timeframe: asked.timeframe,
    start: asDate(asked.start, calendar, "start"),
    end: asDate(asked.end, calendar, "end"),
    session: asked.session ?? "regular",
    governor: asked.governor ?? false,
    rules: asked.rules.map((item) => {
      const { ruleId, params } = typeof item === "string" ? { ruleId: item, params: {} } : item;
      const rule = rules.find((known) => known.ruleId === ruleId);
      return { ruleId, params: { ...(rule ? defaultsOf(rule) : {}), ...params } };
    }),
    axes: {},
    walkForward: null,
  };
}

/** The form as an earlier sweep asked. Values that are not evenly spaced keep their ends and first step. */
export function formOfSweep(asked: StoredSweep, rules: readonly Rule[], calendar: Calendar): FormState {
  const form = formOf(
    { ...asked, rules: [{ ruleId: asked.ruleId, params: asked.params }], governor: false },
    rules,
    calendar,
  );
  const axes = Object.entries(asked.grid).map(([name, values]) => {
    const [from = 0, second = from + 1] = values;
    return [name, { from, to: values.at(-1) ?? from, step: second - from }] as const;
  });
  return { ...form, axes: Object.fromEntries(axes), walkForward: asked.walkForward };
}

function numbersOf(values: TypedValues): Values {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== ""));
}

function windowOf(form: FormState): Pick<RunRequest, "symbol" | "timeframe" | "session" | "start" | "end"> {
  const { symbol, timeframe, session, start, end } = form;
  return { symbol, timeframe, session, start: start ?? "", end: end ?? start ?? "" };
}

export function runRequest(form: FormState): RunRequest {
  const rules: ChosenRule[] = form.rules.map(({ ruleId, params }) => ({ ruleId, params: numbersOf(params) }));
  return { ...windowOf(form), rules, governor: form.governor };
}

export function sweepRequest(form: FormState): SweepRequest {
  const rule = form.rules[0];
  const fixed = Object.entries(numbersOf(rule?.params ?? {})).filter(([name]) => form.axes[name] === undefined);
  const { walkForward } = form;
  return {
    ...windowOf(form),
    ruleId: rule?.ruleId ?? "",
    params: Object.fromEntries(fixed),
    grid: Object.fromEntries(Object.entries(form.axes).map(([name, axis]) => [name, spaced(axis)])),
    walkForward: walkForward === null ? null : { train: Number(walkForward.train), test: Number(walkForward.test) },
  };
}

function spaced(axis: TypedAxis): Spaced {
  return { from: Number(axis.from), to: Number(axis.to), step: Number(axis.step) };
}

/** How many values an axis gives, as the server counts them; 0 while it makes no sense. */
export function axisCount(axis: TypedAxis): number {
  const { from, to, step } = spaced(axis);
  if (axis.from === "" || axis.to === "" || step <= 0 || to < from) return 0;
  return Math.floor((to - from) / step + 1e-9) + 1;
}

export function variantCount(axes: Record<string, TypedAxis>): number {
  const counts = Object.values(axes).map(axisCount);
  return counts.length === 0 ? 0 : counts.reduce((product, count) => product * count, 1);
}

/** A useful axis around a value: five steps that stay within the field's bounds. */
export function axisAround(field: ParamField, value: Typed): TypedAxis {
  const centre = value === "" ? field.default : value;
  const step = field.whole ? Math.max(1, Math.round(centre / 4)) : 0.1;
  const from = Math.max(field.minimum, round(centre - 2 * step));
  return { from, to: Math.min(field.maximum, round(from + 4 * step)), step };
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;

/** What stops the form from being sent, in its own words; null when it can be sent. */
export function missing(form: FormState, sweep: boolean): string | null {
  if (form.symbol === "") return "No symbol has bars yet.";
  if (form.start === null) return "Choose the dates.";
  if (form.rules.length === 0) return "Choose a rule.";
  if (sweep && variantCount(form.axes) === 0) return "Vary at least one parameter.";
  return null;
}
