/** The frames of `/ws/coach`: what the server sends, checked as it comes, and what it is sent. */
import type { AlertLabel } from "@/shared/api/types";

export type Audio = "pcm" | "browser" | "none";
export type SentenceKind = "alert" | "why" | "answer" | "sample";

export interface Hello {
  type: "hello";
  /** null: there is none, the browser's own voice speaks. */
  synthesizer: string | null;
  muted: { symbol: string; until: string }[];
}

export interface SayStart {
  type: "say.start";
  utteranceId: number;
  kind: SentenceKind;
  text: string;
  caption: string;
  signalId: string | null;
  audio: Audio;
  rate: number;
  /** Takes the place of what is being said. */
  cuts: boolean;
}

export interface SayEnd {
  type: "say.end";
  utteranceId: number;
  outcome: "said" | "interrupted" | "replaced" | "failed" | "shown";
}

export type ServerFrame =
  | Hello
  | SayStart
  | SayEnd
  | { type: "muted"; symbol: string; until: string | null }
  | { type: "labelled"; signalId: string; label: AlertLabel }
  | { type: "quiet"; quiet: boolean }
  | { type: "error"; errors: { code: string; detail: string; attr: string | null }[] };

export type ClientFrame =
  | { type: "interrupt"; utteranceId: number; onsetTs: number; silentTs: number | null }
  | { type: "mute"; symbol: string; minutes: number }
  | { type: "label"; signalId: string; label: string }
  | { type: "explain"; signalId: string | null }
  | { type: "quiet"; quiet: boolean }
  | { type: "command"; text: string; signalId: string | null }
  | { type: "sample" };

export interface Sound {
  utterance: number;
  rate: number;
  samples: Int16Array;
}

const KINDS: ReadonlySet<unknown> = new Set([
  "hello",
  "say.start",
  "say.end",
  "muted",
  "labelled",
  "quiet",
  "error",
] satisfies ServerFrame["type"][]);

/** A frame of text; null for a kind that a newer server may send. */
export function decodeFrame(text: string): ServerFrame | null {
  const data: unknown = JSON.parse(text);
  const known = typeof data === "object" && data !== null && "type" in data && KINDS.has(data.type);
  return known ? (data as ServerFrame) : null;
}

const HEAD_BYTES = 8;

/** A binary frame: whose sound it is and its rate (u32 each, little-endian), then samples. */
export function decodeSound(buffer: ArrayBuffer): Sound | null {
  if (buffer.byteLength < HEAD_BYTES) return null;
  const head = new DataView(buffer);
  const samples = new Int16Array(buffer.slice(HEAD_BYTES, buffer.byteLength - (buffer.byteLength % 2)));
  return { utterance: head.getUint32(0, true), rate: head.getUint32(4, true), samples };
}
