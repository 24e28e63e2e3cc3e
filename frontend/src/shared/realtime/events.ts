/** The stream's events as the client uses them; whatever does not fit is refused, never guessed. */
import type { Alert, RuleMetrics, Timeframe } from "@/shared/api/types";

export interface Bar {
  seq: number;
  ts: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  ema20: number | null;
  ema50: number | null;
  vwap: number | null;
}

export interface MarketFrame {
  kind: "microbar" | "bar" | "revision";
  symbol: string;
  timeframe: Timeframe;
  /** seq of the bar before it; null where the server knows none. */
  prevSeq: number | null;
  bar: Bar;
  ingestTs: number | null;
  srvTs: number | null;
}

export interface AlertFrame {
  kind: "alert" | "suppressed";
  n: number;
  prevN: number;
  /** null: a decision on a symbol outside the stream, announced by its number alone. */
  alert: Alert | null;
}

/** What became of a signal: the alert again, with its outcome and its filled entry. */
export interface OutcomeFrame {
  kind: "outcome";
  alert: Alert;
}

export interface HelloFrame {
  kind: "hello";
  epoch: string;
  serverTime: number;
  heads: Record<string, number>;
  heartbeatMs: number;
  rotationMs: number;
}

export interface RunFrame {
  kind: "run";
  id: string;
  status: string;
  progress: number | null;
}

export type StreamEvent =
  | MarketFrame
  | AlertFrame
  | OutcomeFrame
  | HelloFrame
  | RunFrame
  | { kind: "metrics"; metrics: RuleMetrics; raw: Record<string, unknown> }
  | { kind: "reset" };

export class FrameError extends Error {
  override name = "FrameError";
}

type Json = Record<string, unknown>;

function num(data: Json, ...names: string[]): number {
  for (const name of names) {
    const value = data[name];
    if (typeof value === "number" && Number.isFinite(value)) return value;
  }
  throw new FrameError(`${names.join("/")} is not a number`);
}

function optional(data: Json, ...names: string[]): number | null {
  for (const name of names) {
    const value = data[name];
    if (typeof value === "number" && Number.isFinite(value)) return value;
  }
  return null;
}

function text(data: Json, name: string): string {
  const value = data[name];
  if (typeof value !== "string") throw new FrameError(`${name} is not a string`);
  return value;
}

function marketFrame(kind: MarketFrame["kind"], data: Json): MarketFrame {
  return {
    kind,
    symbol: text(data, "symbol"),
    timeframe: text(data, "timeframe") as Timeframe,
    prevSeq: optional(data, "prevSeq"),
    ingestTs: optional(data, "ingestTs"),
    srvTs: optional(data, "srvTs"),
    bar: {
      seq: num(data, "seq"),
      ts: num(data, "ts"),
      open: num(data, "o", "open"),
      high: num(data, "h", "high"),
      low: num(data, "l", "low"),
      close: num(data, "c", "close"),
      volume: num(data, "v", "volume"),
      ema20: optional(data, "ema20"),
      ema50: optional(data, "ema50"),
      vwap: optional(data, "vwap"),
    },
  };
}

function alertFrame(kind: AlertFrame["kind"], data: Json): AlertFrame {
  const whole = typeof data["id"] === "string";
  return {
    kind,
    n: num(data, "n"),
    prevN: num(data, "prevN"),
    alert: whole ? (data as unknown as Alert) : null,
  };
}

function helloFrame(data: Json): HelloFrame {
  const heads = data["heads"] ?? data["head"];
  return {
    kind: "hello",
    epoch: String(data["epoch"]),
    serverTime: num(data, "serverTime", "srvTs"),
    heads: (typeof heads === "object" && heads !== null ? heads : {}) as Record<string, number>,
    heartbeatMs: optional(data, "heartbeatMs") ?? 15_000,
    rotationMs: optional(data, "rotationMs") ?? 600_000,
  };
}

/** Parses one event. Returns null for a name this client does not know; throws FrameError. */
export function decode(name: string, payload: string): StreamEvent | null {
  if (name === "reset") return { kind: "reset" };
  const data = JSON.parse(payload) as Json;
  switch (name) {
    case "microbar":
    case "bar":
    case "revision":
      return marketFrame(name, data);
    case "alert":
    case "suppressed":
      return alertFrame(name, data);
    case "outcome":
      text(data, "signalId");
      return { kind: "outcome", alert: data as unknown as Alert };
    case "hello":
      return helloFrame(data);
    case "run":
      return {
        kind: "run",
        id: text(data, "id"),
        status: text(data, "status"),
        progress: optional(data, "progress"),
      };
    case "metrics":
      return { kind: "metrics", metrics: data as unknown as RuleMetrics, raw: data };
    default:
      return null;
  }
}
