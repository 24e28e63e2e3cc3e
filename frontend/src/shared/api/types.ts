/**
 * The contract's shapes. Times named `ts` are epoch ms UTC; other times ISO 8601 with zone; prices
 * are numbers; confidences, scores and rates are plain fractions, not percentages.
 */
import type { Calendar } from "@/shared/lib/marketTime";
import type { Timeframe } from "@/shared/lib/format";

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

export interface Me {
  id: string;
  username: string;
  isStaff: boolean;
  loopbackOnly: boolean;
  permissions: string[];
}

export interface Flags {
  enableRiskGovernorV2: boolean;
  enableExplainV2: boolean;
  enableTapePeek: boolean;
}

export interface Instrument {
  symbol: string;
  name: string;
  calendar: Calendar;
  timeZone: string;
  tickSize: number;
  assetClass: string;
  vendorTicker: string;
  /** Open of the first bar, end of the last; null without bars. */
  dataRange: { from: number; to: number } | null;
}

export type Direction = "long" | "short";
export type Label = "good" | "bad" | "late" | "missed";
export type ExitReason = "target" | "stop" | "timeout";
export type Verdict = "good" | "bad" | "neutral";

export interface Levels {
  entry: number;
  entryState: "provisional" | "filled";
  stop: number;
  target: number;
  /** The level that the rule compared with. */
  reference: number;
  /** Price of 1 R. */
  unit: number;
}

export interface Outcome {
  state: "pending" | "open" | "closed" | "none";
  r: number | null;
  exitReason: ExitReason | null;
  holdBars: number | null;
  mfe: number | null;
  mae: number | null;
  ambiguous: boolean;
  verdict: Verdict | null;
  knownAt: string | null;
  maturedAt: string | null;
}

/** One feature of the confidence; `points` is its contribution on the 0–100 scale (Explain V2). */
export interface Contribution {
  feature: string;
  value: number;
  reference: number;
  points: number | null;
}

export interface Explain {
  version: "v1" | "v2";
  text: string;
  /** Of 0 to 100; null in V1. */
  base: number | null;
  contributions: Contribution[];
}

export interface AlertLabel {
  id: string;
  label: Label;
  notes: string;
  outcomeKnown: boolean;
}

export interface Regime {
  trend: "trend" | "range" | "unknown";
  volatility: "low" | "normal" | "high" | "unknown";
}

export interface Alert {
  id: string;
  n: number;
  prevN: number;
  signalId: string;
  symbol: string;
  timeframe: Timeframe;
  seq: number;
  ts: number;
  sessionDate: string;
  ruleId: string;
  ruleVersion: string;
  direction: Direction;
  confidence: number;
  price: number;
  why: string;
  levels: Levels;
  regime: Regime;
  warm: boolean;
  delivered: boolean;
  reason: string;
  reasonCode: string;
  numbers: Record<string, number | null>;
  until: string | null;
  governor: "v1" | "v2";
  mode: RuleMode;
  decidedAt: string;
  explain: Explain;
  label: AlertLabel | null;
  outcome: Outcome;
  latency: Record<string, number>;
  demo: boolean;
}

export type BarColumn =
  | "ts"
  | "open"
  | "high"
  | "low"
  | "close"
  | "volume"
  | "ema20"
  | "ema50"
  | "vwap";

export type GapReason = "quiet" | "feed_gap" | "no_data" | "session_break";

export interface Gap {
  fromSeq: number;
  toSeq: number;
  reason: GapReason;
}

export interface BarsResponse {
  symbol: string;
  timeframe: Timeframe;
  columns: BarColumn[];
  bars: (number | null)[][];
  gaps: Gap[];
}

export type RuleMode = "on" | "silent" | "off";

export interface JsonSchema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, JsonSchema>;
}

export interface Rule {
  ruleId: string;
  version: string;
  title: string;
  description: string;
  params: JsonSchema;
}

export interface RuleSettings {
  ruleId: string;
  mode: RuleMode;
  mutedUntil: string | null;
}

export interface RuleWindow {
  fired: number;
  actionable: number;
  good: number;
  bad: number;
  late: number;
  missed: number;
  labelled: number;
  matured: number;
  expectancy: number | null;
  winrate: number | null;
  winrateLow: number | null;
  winrateHigh: number | null;
  /** Share of matured outcomes above 0 R, with its Wilson interval. */
  hitRate: number | null;
  hitRateLow: number | null;
  hitRateHigh: number | null;
  evidence: { good: number; bad: number };
}

export interface RuleMetrics {
  ruleId: string;
  score: number;
  windows: { "7d": RuleWindow; "30d": RuleWindow };
  asOf: string;
}

export interface ScoreStep {
  id: number;
  ruleId: string;
  cause: "label" | "undo" | "outcome" | "trade" | "day";
  causeId: string;
  detail: Record<string, unknown>;
  score: BeforeAfter<number>;
  gates: BeforeAfter<GateNumbers>;
  marketTs: string;
}

export interface GateNumbers {
  minConfidence: number;
  cooldownSeconds: number;
}

export interface RiskLock {
  code: string;
  reason: string;
  until: string | null;
}

export interface RiskPreview {
  ruleId: string;
  governor: "v1" | "v2";
  score: number;
  base: GateNumbers;
  current: GateNumbers;
  locks: RiskLock[];
  expectedValue?: number;
  price?: number;
  reasons: string[];
  asOf: string;
}

/** The trader's own lock. */
export interface LockState {
  locked: boolean;
  reason: string;
  since: string | null;
  until: string | null;
}

export interface RiskPolicy {
  baseConfidence: number;
  cooldownSeconds: number;
  dailyLossR: number | null;
  lossStreak: number | null;
  alertsPerHour: number | null;
  staleAfterBars: number;
  lossSource: "trades" | "alerts";
  dailyAlertBudget: number | null;
}

export interface FeedbackRequest {
  signalId: string;
  label: Label;
  notes?: string;
}

export interface BeforeAfter<T> {
  before: T;
  after: T;
}

/** The answer to a label and to its undo. After an undo it is the restored label, or null. */
export interface FeedbackResult {
  id: string | null;
  signalId: string;
  label: Label | null;
  notes: string;
  outcomeKnown: boolean;
  metrics: RuleMetrics;
  score: BeforeAfter<number>;
  gates: BeforeAfter<GateNumbers>;
}

export interface SessionState {
  open: boolean;
  opensAt: string | null;
  closesAt: string | null;
}

export interface ReplayState {
  source: "live" | "replay" | "synthetic";
  speed: number;
  paused: boolean;
  marketTime: string | null;
  controllable: boolean;
  sessions: Partial<Record<Calendar, SessionState>>;
}

export type ReplayAction =
  | { action: "pause" | "resume" | "nextAlert" | "restart" }
  | { action: "speed"; speed: number };

export interface Percentiles {
  count: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface Slo {
  asOf: string;
  window: string;
  metrics: {
    tickToWickMs: Percentiles;
    ingestToWickMs: Percentiles;
    rttMs: Percentiles;
    voiceInterruptMs: Percentiles;
    historyGapFillMs: Percentiles;
  };
  sseReconnects: { total: number; lastHour: number };
  objectives: Objective[];
}

export interface Objective {
  name: string;
  title: string;
  objective: number;
  window: string;
  measure: string;
  withinMs: number;
  sli: number | null;
  budgetLeft: number | null;
  burn: Record<"5m" | "1h" | "6h" | "3d", number | null>;
  state: "ok" | "ticket" | "page" | "noData";
}

export interface RttSample {
  sampleId: string;
  clientSendTs: number;
  srvTs?: number;
  tickToWickMs?: number;
  ingestToWickMs?: number;
  gapFillMs?: number;
  rttMs?: number;
  reconnect?: boolean;
  uncertaintyMs: number;
  hidden: boolean;
}

export interface RttEcho {
  serverRecvTs: number;
  serverSendTs: number;
}

export interface TapeBar {
  ts: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

export interface JournalStats {
  dayR: number | null;
  dayTrades: number;
}

export interface TradeRequest {
  symbol: string;
  side: Direction;
  quantity: number;
  entryTime: string;
  entryPrice: number;
  stop: number;
  signalId: string;
  notes?: string;
}
