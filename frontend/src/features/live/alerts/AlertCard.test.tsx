import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import type { Alert } from "@/shared/api/types";
import { RealtimeClient } from "@/shared/realtime/client";
import { RealtimeContext } from "@/shared/realtime/context";
import { KeyboardProvider } from "@/shared/ui/keyboard";
import { makeAlert } from "@/testing/alerts";
import { renderPage } from "@/testing/render";

import { AlertCard } from "./AlertCard";

function show(alert: Alert, open: boolean): void {
  renderPage(
    <RealtimeContext value={new RealtimeClient("u1")}>
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

it("says nothing of a bar that stayed as it was", () => {
  show(makeAlert(), true);
  expect(screen.queryByText(/revised/i)).toBeNull();
});
