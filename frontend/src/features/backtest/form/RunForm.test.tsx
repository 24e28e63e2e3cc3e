import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState, type JSX } from "react";
import { expect, test, vi } from "vitest";

import { ApiError, OfflineError } from "@/shared/api/http";
import { EMA_CROSS } from "@/testing/backtests";
import { renderPage } from "@/testing/render";

import { initialForm, runRequest, type FormState } from "./model";
import { RunForm, type Mode } from "./RunForm";

const SPY = {
  symbol: "SPY",
  name: "S&P 500 ETF",
  calendar: "XNYS",
  timeZone: "America/New_York",
  tickSize: 0.01,
  assetClass: "equity",
  vendorTicker: "SPY",
  dataRange: { from: Date.UTC(2013, 8, 30, 13, 30), to: Date.UTC(2013, 9, 11, 20) },
} as const;

type Submit = ReturnType<typeof vi.fn<(form: FormState) => void>>;

function Form({ error, mode, submit }: { error: Error | null; mode: Mode; submit: Submit }): JSX.Element {
  const [form, setForm] = useState(() => initialForm([SPY], [EMA_CROSS]));
  const props = { mode, form, error, change: setForm, instruments: [SPY], rules: [EMA_CROSS], busy: false };
  return <RunForm {...props} submit={() => submit(form)} />;
}

function shown(error: Error | null = null, mode: Mode = "run"): Submit {
  const submit: Submit = vi.fn();
  renderPage(<Form error={error} mode={mode} submit={submit} />);
  return submit;
}

function rulesOf(submit: Submit): unknown {
  const form = submit.mock.calls[0]?.[0];
  return form && runRequest(form).rules;
}

test("a rule's parameters come from its schema, and what is typed is what is asked", async () => {
  const submit = shown();
  const fast = screen.getByLabelText("Fast period");
  await userEvent.clear(fast);
  await userEvent.type(fast, "9");
  await userEvent.click(screen.getByRole("button", { name: "Run backtest" }));
  expect(submit).toHaveBeenCalledOnce();
  expect(rulesOf(submit)).toEqual([{ ruleId: "ema_cross", params: { fast: 9, slow: 50 } }]);
});

test("what the server refuses stands at its field, with the request's id; the same input is not sent again", () => {
  const detail = "ema_cross: fast must be below slow, got 60";
  shown(new ApiError(400, [{ code: "invalid", detail, attr: "rules.0.params.fast" }], "01REQ"));
  const fast = screen.getByLabelText("Fast period");
  expect(fast).toHaveAccessibleDescription(detail);
  expect(screen.getByRole("alert")).toHaveTextContent(`rules.0.params.fast: ${detail}`);
  expect(screen.getByText("Request 01REQ")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Retry" })).not.toBeInTheDocument();
});

test("no answer can be tried again", async () => {
  const submit = shown(new OfflineError("No answer from the server."));
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(submit).toHaveBeenCalledOnce();
});

test("a sweep asks for a parameter to vary, then says how many variants it tries", async () => {
  shown(null, "sweep");
  expect(screen.getByText("Vary at least one parameter.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Vary Fast period" }));
  expect(screen.getByRole("button", { name: "Try 5 variants" })).toBeEnabled();
});

test("defaults come back with one click", async () => {
  const submit = shown();
  const slow = screen.getByLabelText("Slow period");
  await userEvent.clear(slow);
  await userEvent.type(slow, "90");
  await userEvent.click(screen.getByRole("button", { name: "Defaults of EMA cross" }));
  await userEvent.click(screen.getByRole("button", { name: "Run backtest" }));
  expect(rulesOf(submit)).toEqual([{ ruleId: "ema_cross", params: { fast: 20, slow: 50 } }]);
});
