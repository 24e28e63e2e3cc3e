import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import { EMA_CROSS, makeResult, makeRun } from "@/testing/backtests";
import { renderPage } from "@/testing/render";

import { runRange, stretchOf, suggestedName, suggestedRange } from "./model";
import { PromoteDialog } from "./PromoteDialog";

const result = makeResult(41);

afterEach(() => vi.unstubAllGlobals());

function answer(status: number, body: unknown): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(() => Promise.resolve(new Response(JSON.stringify(body), { status, headers: { "X-Request-ID": "01REQ" } })));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

function shown(): void {
  renderPage(
    <PromoteDialog run={makeRun(result)} result={result} rules={[EMA_CROSS]} instrument={undefined} zoomed={null} close={() => undefined} />,
  );
}

test("it proposes the last sessions on which the rule fired, and a name that the server takes", () => {
  const whole = runRange(makeRun(result).request, "XNYS");
  expect(whole).toEqual({ from: "2013-10-07", to: "2013-10-11" });
  expect(suggestedRange(result, "ema_cross", "XNYS", whole)).toEqual({ from: "2013-10-07", to: "2013-10-07" });
  expect(stretchOf(result, "ema_cross", "XNYS", whole)).toEqual({ long: 1, short: 1, sessions: 1 });
  expect(suggestedName("X:BTCUSD", "ema_cross", "2013-10-07")).toBe("x_btcusd_ema_cross_20131007");
});

test("a refusal names the kill rate and every fault that lives, and the form stays", async () => {
  const fetched = answer(422, {
    type: "client_error",
    errors: [
      { code: "kill_rate", detail: "The case kills 3 of 12 code mutants (25%); at least 60% are required.", attr: null },
      { code: "survivor", detail: "line 41: > becomes >=", attr: null },
    ],
  });
  shown();
  await userEvent.click(screen.getByRole("button", { name: "Plant faults and promote" }));
  expect(await screen.findByText(/kills 3 of 12 code mutants/)).toBeVisible();
  expect(screen.getByText("line 41: > becomes >=")).toBeVisible();
  expect(screen.getByText("Request 01REQ")).toBeVisible();
  const [, init] = fetched.mock.calls[0] as unknown as [string, RequestInit];
  expect(JSON.parse(init.body as string)).toEqual({
    runId: "01RUN",
    ruleId: "ema_cross",
    name: "spy_ema_cross_20131007",
    notes: "",
    from: "2013-10-07",
    to: "2013-10-07",
  });
  expect(screen.getByRole("button", { name: "Plant faults and promote" })).toBeEnabled();
});

test("a name that is taken is told at the name", async () => {
  answer(400, { type: "validation_error", errors: [{ code: "unique", detail: "a candidate is named so already", attr: "name" }] });
  shown();
  await userEvent.click(screen.getByRole("button", { name: "Plant faults and promote" }));
  await screen.findByRole("alert");
  expect(screen.getByLabelText("Name")).toHaveAccessibleDescription(/a candidate is named so already/);
});

test("a name that no file can bear is not sent", async () => {
  shown();
  const name = screen.getByLabelText("Name");
  await userEvent.clear(name);
  await userEvent.type(name, "No Spaces");
  expect(screen.getByRole("button", { name: "Plant faults and promote" })).toBeDisabled();
});
