/**
 * The contract's shapes, generated from the server's OpenAPI schema (`npm run api:types`). Where the
 * schema can say no more than "string", the value sets are named here; `Narrow` refuses a name or a
 * type that the schema does not have, so a change of the server breaks the build, not the page.
 */
import type { Timeframe } from "@/shared/lib/format";
import type { Calendar } from "@/shared/lib/marketTime";

import type { components } from "./schema.gen";

type S = components["schemas"];
type Narrow<T, U extends { [K in keyof U]: K extends keyof T ? T[K] : never }> = Omit<T, keyof U> & U;

export type { Calendar, Timeframe };

export interface FieldError {
  code: string;
  detail: string;
  attr: string | null;
}

export interface ErrorBody {
  type: string;
  errors: FieldError[];
}

export interface Page<T> {
  next: string | null;
  previous: string | null;
  results: T[];
}

export type Me = S["Me"];
export type Flags = S["Flags"];
export type Instrument = Narrow<S["Symbol"], { calendar: Calendar }>;

export type Direction = S["Direction"];
export type Label = S["Label"];
export type ExitReason = "target" | "stop" | "timeout";
export type Verdict = "good" | "bad" | "neutral";
export type Levels = S["Levels"];
export type Outcome = Narrow<S["Outcome"], { exitReason: ExitReason | null; verdict: Verdict | null }>;
export type Contribution = S["Contribution"];
export type Explain = S["Explain"];
export type AlertLabel = S["AlertLabel"];
export type Regime = S["Regime"];
export type Alert = Narrow<
  S["Alert"],
  { timeframe: Timeframe; numbers: Record<string, number | null>; outcome: Outcome }
>;
export type TapeBar = S["TapeBar"];

export type BarsResponse = S["Bars"];
export type Gap = S["Gap"];
export type GapReason = Gap["reason"];

export interface JsonSchema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, JsonSchema>;
}

export type RuleMode = S["RuleMode"];
export type Rule = Omit<S["Rule"], "params"> & { params: JsonSchema };
export type RuleSettings = S["RuleSetting"];
export type RuleWindow = S["Window"];
export type RuleMetrics = S["RuleMetrics"];
export type ScoreStep = S["ScoreStep"];
export type RuleBin = S["ConfidenceBin"];
export type ChanceBin = S["ChanceBin"];
export type RuleCalibration = S["RuleCalibration"];
export type MatrixRow = S["MatrixRow"];
export type HeldByGate = S["Held"];
export type RuleReview = S["RuleReview"];

export type GateNumbers = S["Gates"];
export type RiskLock = S["Lock"];
export type RiskPreview = S["Preview"];
export type LockState = S["LockState"];
/** The server always answers with every limit; only a change may leave some out. */
export type RiskPolicy = Required<S["Policy"]>;

export interface FeedbackRequest {
  signalId: string;
  label: Label;
  notes?: string;
}

/** The answer to a label and to its undo. After an undo it is the restored label, or null. */
export type FeedbackResult = Pick<
  S["FeedbackResult"],
  "signalId" | "notes" | "outcomeKnown" | "metrics" | "score" | "gates"
> & { id: string | null; label: Label | null };

export type SessionState = S["SessionState"];
export type ReplayState = Omit<S["ReplayState"], "sessions"> & {
  sessions: Partial<Record<Calendar, SessionState>>;
};
export type ReplayAction =
  | { action: "pause" | "resume" | "nextAlert" | "restart" }
  | { action: "speed"; speed: number };

export type GoldenOverview = S["Overview"];

export type Destination = S["Destination"];
export type CreatedDestination = S["CreatedDestination"];
export type NewDestination = Omit<S["NewDestinationRequest"], "enabled">;
export type DestinationChange = Partial<S["PatchedChoicesRequest"]>;
export type TestResult = S["TestResult"];

export type Slo = S["Slo"];
export type Objective = S["Objective"];
export type Measure = keyof Slo["metrics"];
export type MeasurePoint = S["Point"];
export type RttEcho = S["Echo"];
type Sample = { [K in keyof S["SampleRequest"]]: Exclude<S["SampleRequest"][K], null> };
export type RttSample = Omit<Sample, "reconnect"> & { reconnect?: boolean };
