/** Every call of the first load, one line each. Pages that load later keep theirs beside: `backtest.ts`. */
import { request } from "./http";
import type {
  Alert,
  BarsResponse,
  CreatedDestination,
  Destination,
  DestinationChange,
  FeedbackRequest,
  FeedbackResult,
  Flags,
  GoldenOverview,
  Instrument,
  LockState,
  Me,
  Measure,
  MeasurePoint,
  NewDestination,
  Page,
  ReplayAction,
  ReplayState,
  RiskPolicy,
  RiskPreview,
  RttEcho,
  RttSample,
  Rule,
  RuleCalibration,
  RuleMetrics,
  RuleReview,
  RuleSettings,
  ScoreStep,
  Slo,
  TapeBar,
  TestResult,
  Timeframe,
} from "./types";
import type { UserSettings } from "./settings";

const PAGE = 200;
export const RTT_PATH = "/api/metrics/rtt";

export interface BarsQuery {
  symbol: string;
  timeframe: Timeframe;
  from: number;
  /** Left out: up to the market's time now. */
  to?: number;
}

export interface AlertsQuery {
  symbol?: string;
  ruleId?: string;
  label?: string;
  delivered?: boolean;
  /** The outcome's horizon has passed. */
  matured?: boolean;
  /** The label says good and the outcome bad, or the other way round. */
  disagrees?: boolean;
  before?: number;
  afterN?: number;
}

/** A page's `next` is an absolute address; only its path and query matter here. */
function sameOrigin(url: string): string {
  const parsed = new URL(url, window.location.origin);
  return parsed.pathname + parsed.search;
}

export const api = {
  login: (username: string, password: string) =>
    request<Me>("POST", "/api/auth/login", { body: { username, password } }),
  logout: () => request<unknown>("POST", "/api/auth/logout", { body: {} }),
  changePassword: (currentPassword: string, newPassword: string) =>
    request<unknown>("POST", "/api/auth/password", { body: { currentPassword, newPassword } }),
  me: () => request<Me>("GET", "/api/me"),
  flags: () => request<Flags>("GET", "/api/flags"),
  symbols: () => request<Instrument[]>("GET", "/api/symbols"),

  bars: (query: BarsQuery, signal?: AbortSignal) =>
    request<BarsResponse>("GET", "/api/bars", {
      query: { ...query, indicators: "ema20,ema50,vwap" },
      ...(signal ? { signal } : {}),
    }),
  alerts: (query: AlertsQuery, signal?: AbortSignal) =>
    request<Page<Alert>>("GET", "/api/alerts", {
      query: { ...query, limit: PAGE },
      ...(signal ? { signal } : {}),
    }),
  alertsPage: (next: string, signal?: AbortSignal) =>
    request<Page<Alert>>("GET", sameOrigin(next), signal ? { signal } : {}),
  tape: (alertId: string) => request<TapeBar[]>("GET", `/api/alerts/${encodeURIComponent(alertId)}/tape`),

  rules: () => request<Rule[]>("GET", "/api/rules"),
  ruleSettings: (ruleId: string) =>
    request<RuleSettings>("GET", `/api/rules/${encodeURIComponent(ruleId)}/settings`),
  saveRuleSettings: (ruleId: string, body: Omit<RuleSettings, "ruleId">) =>
    request<RuleSettings>("PUT", `/api/rules/${encodeURIComponent(ruleId)}/settings`, { body }),
  ruleMetrics: () => request<RuleMetrics[]>("GET", "/api/rules/metrics"),
  ruleScores: (ruleId: string) =>
    request<Page<ScoreStep>>("GET", "/api/rules/scores", { query: { ruleId, limit: PAGE } }),

  ruleCalibrations: () => request<RuleCalibration[]>("GET", "/api/rules/calibration"),
  ruleReview: (ruleId: string) => request<RuleReview>("GET", "/api/rules/review", { query: { ruleId } }),

  riskPreviews: () => request<RiskPreview[]>("GET", "/api/risk/preview"),
  riskPolicy: () => request<RiskPolicy>("GET", "/api/risk/policy"),
  saveRiskPolicy: (body: RiskPolicy) => request<RiskPolicy>("PUT", "/api/risk/policy", { body }),
  lock: (body: { reason: string; until?: string }) =>
    request<LockState>("POST", "/api/risk/lock", { body }),
  unlock: () => request<LockState>("DELETE", "/api/risk/lock"),

  label: (body: FeedbackRequest, idempotencyKey: string) =>
    request<FeedbackResult>("POST", "/api/feedback", {
      body,
      headers: { "Idempotency-Key": idempotencyKey },
    }),
  undoLabel: (feedbackId: string) =>
    request<FeedbackResult>("DELETE", `/api/feedback/${encodeURIComponent(feedbackId)}`),

  watchlist: () => request<{ symbols: string[] }>("GET", "/api/watchlist"),
  saveWatchlist: (symbols: string[]) =>
    request<{ symbols: string[] }>("PUT", "/api/watchlist", { body: { symbols } }),
  settings: () => request<UserSettings>("GET", "/api/settings"),
  saveSettings: (body: Partial<UserSettings>) => request<UserSettings>("PUT", "/api/settings", { body }),

  golden: () => request<GoldenOverview>("GET", "/api/golden"),

  destinations: () => request<Destination[]>("GET", "/api/delivery/destinations"),
  createDestination: (body: NewDestination) =>
    request<CreatedDestination>("POST", "/api/delivery/destinations", { body }),
  changeDestination: (id: string, body: DestinationChange) =>
    request<Destination>("PATCH", `/api/delivery/destinations/${id}`, { body }),
  deleteDestination: (id: string) => request<null>("DELETE", `/api/delivery/destinations/${id}`),
  testDestination: (id: string) => request<TestResult>("POST", `/api/delivery/destinations/${id}/test`),

  slo: () => request<Slo>("GET", "/slo"),
  sloSeries: (measure: Measure, minutes: number) =>
    request<MeasurePoint[]>("GET", "/slo/series", { query: { measure, minutes } }),
  rtt: (samples: RttSample[]) =>
    request<RttEcho>("POST", RTT_PATH, { body: samples }),
  replay: () => request<ReplayState>("GET", "/api/replay"),
  controlReplay: (body: ReplayAction) => request<ReplayState>("POST", "/api/replay", { body }),
};

/** All alerts numbered above `afterN`, oldest first, whatever the number of pages. */
export async function alertsAfter(afterN: number, signal?: AbortSignal): Promise<Alert[]> {
  const found: Alert[] = [];
  let page = await api.alerts({ afterN }, signal);
  for (;;) {
    found.push(...page.results);
    if (page.next === null) break;
    page = await api.alertsPage(page.next, signal);
  }
  return found.sort((a, b) => a.n - b.n);
}
