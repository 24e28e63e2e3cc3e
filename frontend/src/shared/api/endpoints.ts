/** Every call that the client makes, one line each; the only file that knows the paths. */
import { request } from "./http";
import type {
  Alert,
  BarsResponse,
  FeedbackRequest,
  FeedbackResult,
  Flags,
  Instrument,
  Me,
  Page,
  ReplayAction,
  ReplayState,
  LockState,
  RiskPolicy,
  RiskPreview,
  RttEcho,
  RttSample,
  Rule,
  RuleMetrics,
  RuleSettings,
  ScoreStep,
  Slo,
  TapeBar,
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

  slo: () => request<Slo>("GET", "/slo"),
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

const HISTORY_PAGES = 5;

/** The newest decisions on a rule, a thousand at most. */
export async function ruleHistory(ruleId: string, signal?: AbortSignal): Promise<Alert[]> {
  const found: Alert[] = [];
  let page = await api.alerts({ ruleId }, signal);
  for (let read = 1; ; read += 1) {
    found.push(...page.results);
    if (page.next === null || read >= HISTORY_PAGES) return found;
    page = await api.alertsPage(page.next, signal);
  }
}
