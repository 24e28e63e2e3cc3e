import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { renderPage } from "@/testing/render";

import { RulesPage } from "./RulesPage";

const RULE = { ruleId: "ema_cross", title: "EMA cross", description: "", params: [], hasLevels: false };

/** A server that knows the rules and never comes to the end of counting their figures. */
function serve(): void {
  vi.stubGlobal(
    "fetch",
    vi.fn((path: string) => {
      if (path.startsWith("/api/rules/metrics")) return new Promise<Response>(() => undefined);
      return Promise.resolve(new Response(JSON.stringify(path === "/api/rules" ? [RULE] : [])));
    }),
  );
}

afterEach(() => vi.unstubAllGlobals());

test("figures that are still on their way are not shown as none", async () => {
  serve();
  renderPage(<RulesPage feedback={() => null} />);
  await vi.waitFor(() => expect(fetch).toHaveBeenCalledWith(expect.stringMatching("^/api/rules/metrics"), expect.anything()));
  expect(screen.getByLabelText("Loading the rules")).toBeInTheDocument();
  expect(screen.queryByText("–")).not.toBeInTheDocument();
});
