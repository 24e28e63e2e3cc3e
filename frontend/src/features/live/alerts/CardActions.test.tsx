import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";

import type { RuleSettings } from "@/shared/api/types";
import { RealtimeClient } from "@/shared/realtime/client";
import { RealtimeContext } from "@/shared/realtime/context";
import { KeyboardProvider } from "@/shared/ui/keyboard";
import { toast } from "@/shared/ui/toast";
import { makeAlert } from "@/testing/alerts";
import { renderPage } from "@/testing/render";

import { CardActions } from "./CardActions";

vi.mock("@/shared/ui/toast", () => ({ toast: vi.fn() }));
afterEach(() => vi.unstubAllGlobals());

const NOON = Date.parse("2013-10-07T16:00:00Z");
const MIDNIGHT = "2013-10-08T04:00:00.000Z";
const ON: RuleSettings = { ruleId: "ltp_breakout", mode: "on", mutedUntil: null };

/** A server that keeps a rule's settings; `saved` are the bodies it got. */
function serve(settings: RuleSettings): Omit<RuleSettings, "ruleId">[] {
  const saved: Omit<RuleSettings, "ruleId">[] = [];
  let kept = settings;
  const answer = (path: string, init?: RequestInit): Response => {
    if (!path.endsWith("/settings")) return new Response(JSON.stringify({ next: null, previous: null, results: [] }));
    if (init?.method === "PUT") {
      const body = JSON.parse(init.body as string) as Omit<RuleSettings, "ruleId">;
      saved.push(body);
      kept = { ...kept, ...body };
    }
    return new Response(JSON.stringify(kept));
  };
  vi.stubGlobal("fetch", vi.fn((path: string, init?: RequestInit) => Promise.resolve(answer(path, init))));
  return saved;
}

function show(): void {
  const client = new RealtimeClient("u1");
  const bar = { seq: 1, ts: NOON, open: 1, high: 1, low: 1, close: 1, volume: 1, ema20: null, ema50: null, vwap: null };
  client.market.load("SPY", [bar], []);
  renderPage(
    <RealtimeContext value={client}>
      <KeyboardProvider enabled changed={{}} goTo={() => undefined}>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <article tabIndex={0} aria-label="card">
          <CardActions alert={makeAlert()} title="LTP breakout">
            {null}
          </CardActions>
        </article>
      </KeyboardProvider>
    </RealtimeContext>,
  );
  screen.getByRole("article").focus();
}

const said = (message: string): unknown => expect.objectContaining({ message }) as unknown;

it("mutes the rule by M for the rest of the market's day, says so, and unmutes it by M", async () => {
  const saved = serve(ON);
  const user = userEvent.setup();
  show();
  await user.keyboard("m");
  await screen.findByRole("button", { name: /^Unmute rule/ });
  expect(saved).toEqual([{ mode: "on", mutedUntil: MIDNIGHT }]);
  expect(toast).toHaveBeenLastCalledWith(said("LTP breakout is muted until Tue 00:00 ET."));
  await user.keyboard("m");
  await screen.findByRole("button", { name: /^Mute rule/ });
  expect(saved[1]).toEqual({ mode: "on", mutedUntil: null });
  expect(toast).toHaveBeenLastCalledWith(said("LTP breakout is no longer muted."));
});

it("leaves a silent rule silent, however early the key comes", async () => {
  const saved = serve({ ...ON, mode: "silent" });
  show();
  await userEvent.setup().keyboard("m");
  await vi.waitFor(() => expect(saved).toEqual([{ mode: "silent", mutedUntil: MIDNIGHT }]));
});

it.each([
  ["a mute that was made elsewhere", MIDNIGHT, null],
  ["that a mute has run out", "2013-10-07T04:00:00Z", MIDNIGHT],
])("knows %s", async (_, mutedUntil, next) => {
  const saved = serve({ ...ON, mutedUntil });
  show();
  await userEvent.setup().keyboard("m");
  await vi.waitFor(() => expect(saved).toEqual([{ mode: "on", mutedUntil: next }]));
  expect(await screen.findByRole("button", { name: next === null ? /^Mute rule/ : /^Unmute rule/ })).toBeInTheDocument();
});
