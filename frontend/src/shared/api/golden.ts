/** Calls and shapes of the golden corpus, which only Backtest and Golden need. */
import { request } from "./http";
import type { components } from "./schema.gen";

type S = components["schemas"];

export type GoldenCase = S["Case"];
export type Candidate = S["Candidate"];
export type GoldenOverview = S["Overview"];
export type GoldenDetail = S["CaseDetail"];
export type Difference = S["Difference"];
export type KillReport = Candidate["report"];

export interface Promotion {
  runId: string;
  ruleId: string;
  name: string;
  notes: string;
  /** Session dates, both included. */
  from: string;
  to: string;
}

const one = (name: string): string => `/api/golden/${encodeURIComponent(name)}`;

export const golden = {
  overview: () => request<GoldenOverview>("GET", "/api/golden"),
  detail: (name: string, signal?: AbortSignal) => request<GoldenDetail>("GET", one(name), signal ? { signal } : {}),
  promote: (body: Promotion) => request<Candidate>("POST", "/api/golden/promote", { body }),
  filePath: (name: string) => `${one(name)}?download=1`,
};

export const goldenKeys = {
  overview: ["golden"] as const,
  detail: (name: string) => ["golden", name] as const,
};
