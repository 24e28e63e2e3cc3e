import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { Instrument } from "@/shared/api/types";
import { makeAlert } from "@/testing/alerts";
import { renderPage } from "@/testing/render";

import { Why } from "./Why";

const SPY = { symbol: "SPY", calendar: "XNYS", tickSize: 0.01 } as Instrument;

afterEach(() => vi.unstubAllGlobals());

test("an alert is of the moment at which its bar closed, as in the journal", () => {
  vi.stubGlobal("fetch", vi.fn(() => Promise.resolve(new Response("{}"))));
  const ts = Date.UTC(2013, 9, 7, 13, 48);
  renderPage(<Why alert={makeAlert({ ts })} instrument={SPY} />);
  expect(screen.getByText("09:49:00 ET")).toHaveAttribute("title", expect.stringContaining("13:49:00"));
});
