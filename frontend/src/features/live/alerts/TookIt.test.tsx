import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { makeQueryClient } from "@/shared/api/queries";
import type { Alert } from "@/shared/api/types";
import { RealtimeClient } from "@/shared/realtime/client";
import { RealtimeContext } from "@/shared/realtime/context";
import { KeyboardProvider } from "@/shared/ui/keyboard";
import { makeAlert } from "@/testing/alerts";

import { TookIt } from "./TookIt";

const sent: [string, unknown][] = [];
let trades: unknown[] = [];

function answer(path: string, init?: RequestInit): Response {
  if (path.startsWith("/api/journal/trades") && init?.method !== "GET") {
    const body = JSON.parse(init?.body as string) as Record<string, unknown>;
    sent.push([init?.method ?? "", body]);
    trades = [{ id: "t1", signalId: "s1", quantity: 50, entryPrice: 100, open: true, r: null }];
    return new Response(JSON.stringify(trades[0]), { status: 201 });
  }
  if (path.startsWith("/api/journal/trades")) {
    return new Response(JSON.stringify({ next: null, previous: null, results: trades }));
  }
  return new Response(JSON.stringify({ next: null, previous: null, results: [] }));
}

function show(alert: Alert): void {
  render(
    <MantineProvider>
      <QueryClientProvider client={makeQueryClient()}>
        <RealtimeContext value={new RealtimeClient("u1")}>
          <KeyboardProvider enabled changed={{}} goTo={() => undefined}>
            {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
            <article tabIndex={0} aria-label="card">
              <TookIt alert={alert} instrument={undefined} size={50} />
            </article>
          </KeyboardProvider>
        </RealtimeContext>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

beforeEach(() => {
  sent.length = 0;
  trades = [];
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => Promise.resolve(answer(path, init)));
});

describe("Took it", () => {
  it("takes the alert by T and Enter, with the card's size and stop", async () => {
    const user = userEvent.setup();
    show(makeAlert());
    await screen.findByRole("button", { name: /Took it/ });
    screen.getByRole("article").focus();
    await user.keyboard("t");
    const quantity = await screen.findByLabelText(/Quantity, at 100.00/);
    expect(quantity).toHaveValue("50");
    await waitFor(() => expect(quantity).toHaveFocus());
    await user.keyboard("{Enter}");
    await waitFor(() => expect(sent).toEqual([["POST", { signalId: "s1", quantity: 50, entryPrice: 100, stop: 99 }]]));
    expect(await screen.findByRole("button", { name: /Closed it/ })).toBeInTheDocument();
    // The card's keys go on: T again would close the trade.
    await waitFor(() => expect(screen.getByRole("article")).toHaveFocus());
  });

  it("says what a closed trade came to", async () => {
    trades = [{ id: "t1", signalId: "s1", quantity: 50, entryPrice: 100, open: false, r: -1.05 }];
    show(makeAlert());
    expect(await screen.findByText("Taken −1.05R")).toBeInTheDocument();
  });

  it("does not offer an alert that is over", async () => {
    const over = makeAlert();
    show({ ...over, outcome: { ...over.outcome, state: "closed", exitReason: "stop", r: -1.05 } });
    await waitFor(() => expect(screen.queryByRole("button")).toBeNull());
  });
});
