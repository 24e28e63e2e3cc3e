/** Calls and shapes of the parity ledger, which only its page needs. */
import { request } from "./http";
import type { components } from "./schema.gen";

type S = components["schemas"];

export type ParityRow = S["Parity"];
export type ParityDifference = S["ParityDifference"];
export type ParitySide = S["ParitySide"];

export const parity = {
  list: () => request<ParityRow[]>("GET", "/api/parity"),
  run: (symbol: string, session: string) => request<ParityRow>("POST", "/api/parity/run", { body: { symbol, session } }),
};

export const parityKey = ["parity"] as const;
