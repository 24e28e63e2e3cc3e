import { screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { RealtimeClient } from "@/shared/realtime/client";
import { RealtimeContext } from "@/shared/realtime/context";
import { renderPage } from "@/testing/render";

import { RulesPage } from "./RulesPage";

const RULE = { ruleId: "ema_cross", title: "EMA cross", description: "", params: {} };
const NOTHING = {
  ...{ fired: 0, actionable: 0, good: 0, bad: 0, late: 0, missed: 0, labelled: 0, matured: 0, expectancy: null },
  ...{ winrate: null, winrateLow: null, winrateHigh: null, hitRate: null, hitRateLow: null, hitRateHigh: null },
};
const WEEK = { ...NOTHING, fired: 15, actionable: 3, good: 1, labelled: 1, matured: 12, expectancy: -0.2, hitRate: 0.4, hitRateLow: 0.2, hitRateHigh: 0.7 };
const MONTH = {
  ...{ fired: 3701, actionable: 768, good: 59, bad: 53, late: 7, missed: 3, labelled: 122, matured: 3681, expectancy: 0 },
  ...{ winrate: 0.5, winrateLow: 0.4, winrateHigh: 0.6, hitRate: 0.38, hitRateLow: 0.36, hitRateHigh: 0.4 },
};
const PREVIEW = {
  ...{ ruleId: "ema_cross", governor: "v1", score: -0.93, locks: [], reasons: [] },
  base: { minConfidence: 0.6, cooldownSeconds: 900 },
  current: { minConfidence: 0.63, cooldownSeconds: 1737 },
};

const metrics = (week: object, month: object): object[] => [{ ruleId: "ema_cross", score: -0.93, windows: { "7d": week, "30d": month } }];

/** A server that answers by path; what it is not given never comes. */
function serve(answers: Record<string, unknown>): void {
  const all: Record<string, unknown> = { "/api/rules": [RULE], "/api/risk/preview": [PREVIEW], "/api/watchlist": { symbols: ["SPY", "QQQ"] }, ...answers };
  vi.stubGlobal(
    "fetch",
    vi.fn((path: string) => {
      const answer = all[path.split("?")[0] ?? ""];
      if (answer === undefined) return new Promise<Response>(() => undefined);
      return Promise.resolve(answer instanceof Response ? answer.clone() : new Response(JSON.stringify(answer)));
    }),
  );
}

function open(path = "/"): void {
  renderPage(
    <RealtimeContext value={new RealtimeClient("u1")}>
      <RulesPage feedback={() => null} />
    </RealtimeContext>,
    path,
  );
}

const cellsOf = (row: HTMLElement): (string | null)[] => within(row).getAllByRole("cell").map((cell) => cell.textContent);

afterEach(() => vi.unstubAllGlobals());

test("figures that are still on their way are not shown as none", async () => {
  serve({});
  open();
  await vi.waitFor(() => expect(fetch).toHaveBeenCalledWith(expect.stringMatching("^/api/rules/metrics"), expect.anything()));
  expect(screen.getByLabelText("Loading the rules")).toBeInTheDocument();
  expect(screen.queryByText("–")).not.toBeInTheDocument();
});

test("a figure stands in a column of its own, under its name, beside its n", async () => {
  serve({ "/api/rules/metrics": metrics(WEEK, MONTH) });
  open();
  const month = await screen.findByRole("row", { name: /^30 d/ });
  expect(cellsOf(month)).toEqual(["768", "2\u202f933", "3\u202f681", "38\u00a0%", "36–40", "0.00R", "59", "53", "7", "3"]);
  expect(screen.getByRole("columnheader", { name: "95 %" })).toBeVisible();
});

test("below twenty outcomes no rate is told", async () => {
  serve({ "/api/rules/metrics": metrics(WEEK, MONTH) });
  open();
  const week = await screen.findByRole("row", { name: /EMA cross.*7 d/ });
  expect(cellsOf(week).slice(-7)).toEqual(["12", "12", "too few", "1", "0", "0", "0"]);
});

test("a gate that goes no further says that it is at its most", async () => {
  serve({ "/api/rules/metrics": metrics(WEEK, MONTH) });
  open();
  expect((await screen.findByText("63.0")).closest("td")).toHaveTextContent(/^60\.0 → 63\.0 max$/);
  expect(screen.getByText(/A score moves the gate by 3\.0 at most/)).toBeVisible();
});

test("before anything has fired the page names the next act", async () => {
  serve({ "/api/rules/metrics": metrics(NOTHING, NOTHING) });
  open();
  expect(await screen.findByText(/No signal of your symbols in the last 30 days\. 1 rule watches 2 symbols/)).toBeVisible();
  expect(screen.getByRole("link", { name: "Go to Live" })).toHaveAttribute("href", "/");
});

test("figures that cannot be had say so in their place, with the request and a way to try again", async () => {
  const refused = new Response("{}", { status: 500, headers: { "X-Request-ID": "r-17" } });
  serve({ "/api/rules/metrics": refused });
  open();
  expect(await screen.findByText("Request r-17")).toBeVisible();
  expect(screen.getByRole("button", { name: "Retry" })).toBeVisible();
  expect(screen.getByRole("heading", { level: 1, name: "Rules" })).toBeVisible();
});

test("a part of the detail that cannot be had is named above its error", async () => {
  serve({ "/api/rules/metrics": metrics(WEEK, MONTH), "/api/risk/preview": new Response("{}", { status: 500 }), "/api/rules/review": new Response("{}", { status: 500 }) });
  open("/rules?rule=ema_cross");
  const detail = await screen.findByRole("dialog", { name: "EMA cross" });
  for (const name of ["Gates now", "Outcomes"]) {
    const heading = await within(detail).findByRole("heading", { name });
    await vi.waitFor(() => expect(heading.nextElementSibling).toHaveAttribute("role", "alert"));
  }
});

test("a rule that has found nothing yet says so and asks for no label", async () => {
  serve({ "/api/rules/metrics": metrics(NOTHING, NOTHING), "/api/rules/scores": { results: [], next: null, previous: null } });
  open("/rules?rule=ema_cross");
  const detail = await screen.findByRole("dialog", { name: "EMA cross" });
  expect(await within(detail).findByText(/has not fired on your symbols in 30 days/)).toBeVisible();
  expect(await within(detail).findByText(/it stands at −0\.93 by everybody's results/)).toBeVisible();
  expect(within(detail).getByRole("link", { name: "Try it on the past" })).toBeVisible();
  expect(within(detail).queryByRole("link", { name: "Label alerts in Review" })).not.toBeInTheDocument();
});
