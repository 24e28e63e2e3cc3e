import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";

import type { Alert } from "@/shared/api/types";
import { RealtimeClient } from "@/shared/realtime/client";
import { RealtimeContext } from "@/shared/realtime/context";
import { KeyboardProvider } from "@/shared/ui/keyboard";
import { makeAlert } from "@/testing/alerts";
import { renderPage } from "@/testing/render";

import { AlertCard } from "./AlertCard";

function show(alert: Alert, open: boolean, client = new RealtimeClient("u1")): void {
  renderPage(
    <RealtimeContext value={client}>
      <KeyboardProvider enabled changed={{}} goTo={() => undefined}>
        <AlertCard
          alert={alert}
          open={open}
          fresh={false}
          late={false}
          position={1}
          total={1}
          rule={undefined}
          instrument={undefined}
          slots={{ feedback: () => null, note: () => null }}
          select={() => undefined}
        />
      </KeyboardProvider>
    </RealtimeContext>,
  );
}

it.each([
  ["would_fire", "Bar revised: would still fire"],
  ["would_not", "Bar revised: would not fire"],
] as const)("says of a revised bar whether the signal stands: %s", (revision, words) => {
  show(makeAlert({ revision }), true);
  expect(screen.getByTestId("revised")).toHaveTextContent(words);
});

it("marks a folded card whose bar was revised", () => {
  show(makeAlert({ revision: "would_not" }), false);
  expect(screen.getByText("revised, would not")).toHaveAttribute("title", "Bar revised: would not fire");
});

it("leaves a folded card's first line to what fired: the dashed edge and the reason say that it was held back", () => {
  const held = makeAlert({ delivered: false, demo: true, reason: "cooldown until 16:28", reasonCode: "cooldown" });
  show(held, false);
  const header = within(screen.getByRole("article")).getByRole("banner");
  expect(header).toHaveTextContent("LONGSPY1mltp_breakout");
  expect(header).not.toHaveTextContent(/held back|demo/);
  expect(screen.getByRole("article")).toHaveTextContent(/Cooldown until 16:28demo/);
});

it("says nothing of a bar that stayed as it was", () => {
  show(makeAlert(), true);
  expect(screen.queryByText(/revised/i)).toBeNull();
});

it("is of its bar's close, as everywhere, where a day is named instead of an age", () => {
  const client = new RealtimeClient("u1");
  const ts = Date.parse("2013-10-07T13:41:00Z");
  const later = { seq: 2, ts: ts + 86_400_000, open: 1, high: 1, low: 1, close: 1, volume: 1, ema20: null, ema50: null, vwap: null };
  client.market.load("SPY", [later], []);
  show(makeAlert({ ts }), false, client);
  expect(screen.getByTestId("age")).toHaveTextContent("Oct 07 09:42");
});
