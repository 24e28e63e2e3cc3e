import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { keys, makeQueryClient } from "@/shared/api/queries";
import type { Alert, RiskPreview } from "@/shared/api/types";
import { RealtimeClient } from "@/shared/realtime/client";
import { RealtimeContext, useAlerts } from "@/shared/realtime/context";
import { KeyboardProvider } from "@/shared/ui/keyboard";
import { makeAlert } from "@/testing/alerts";

import { FeedbackProvider } from "./FeedbackProvider";
import { SignalFeedback } from "./SignalFeedback";

const posted: unknown[] = [];
let client: RealtimeClient;

const RESULT = {
  id: "f1",
  label: "bad",
  notes: "",
  outcomeKnown: false,
  metrics: { ruleId: "ltp_breakout", score: -0.21 },
  score: { before: -0.13, after: -0.21 },
  gates: {
    before: { minConfidence: 0.613, cooldownSeconds: 1017 },
    after: { minConfidence: 0.621, cooldownSeconds: 1089 },
  },
};

function answer(path: string, init?: RequestInit): Response {
  if (path === "/api/feedback") {
    posted.push(JSON.parse(init?.body as string));
    return new Response(JSON.stringify(RESULT), { status: 201 });
  }
  if (path.startsWith("/api/alerts")) {
    return new Response(JSON.stringify({ next: null, previous: null, results: [] }));
  }
  return new Response(JSON.stringify({ serverRecvTs: 0, serverSendTs: 0 }));
}

function Card({ of }: { of: Alert }): React.JSX.Element {
  const shown = useAlerts().alerts.find((alert) => alert.signalId === of.signalId) ?? of;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <article tabIndex={0} aria-label="card">
      <SignalFeedback alert={shown} />
    </article>
  );
}

function show(alert: Alert): ReturnType<typeof makeQueryClient> {
  const queries = makeQueryClient();
  const preview = { ruleId: alert.ruleId, score: -0.13, current: RESULT.gates.before } as RiskPreview;
  queries.setQueryData(keys.riskPreviews, [preview]);
  client.alerts.snapshot([alert]);
  render(
    <MantineProvider>
      <QueryClientProvider client={queries}>
        <RealtimeContext value={client}>
          <KeyboardProvider enabled changed={{}} goTo={() => undefined}>
            <FeedbackProvider userId="u1">
              <Card of={alert} />
            </FeedbackProvider>
          </KeyboardProvider>
        </RealtimeContext>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return queries;
}

beforeEach(() => {
  posted.length = 0;
  localStorage.clear();
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => Promise.resolve(answer(path, init)));
  client = new RealtimeClient("u1");
});
afterEach(() => {
  client.stop();
  vi.unstubAllGlobals();
});

describe("SignalFeedback", () => {
  it("offers four labels with word and key, and fills the chosen one", async () => {
    show(makeAlert());
    const names = screen.getAllByRole("button").map((button) => button.textContent);
    expect(names).toEqual(["Good1", "Bad2", "Late3", "Missed4"]);
    await userEvent.click(screen.getByRole("button", { name: /Bad/ }));
    expect(screen.getByRole("button", { name: /Bad/ })).toHaveAttribute("aria-pressed", "true");
    await vi.waitFor(() => expect(posted).toEqual([{ signalId: "s1", label: "bad" }]));
  });

  it("moves the rule's gate in place once the label is saved", async () => {
    const queries = show(makeAlert());
    await userEvent.click(screen.getByRole("button", { name: /Bad/ }));
    await vi.waitFor(() => {
      const [preview] = queries.getQueryData<RiskPreview[]>(keys.riskPreviews) ?? [];
      expect(preview).toMatchObject({ score: -0.21, current: { minConfidence: 0.621 } });
    });
  });

  it("answers to keys only while its card has the focus", async () => {
    show(makeAlert());
    await userEvent.keyboard("2");
    expect(posted).toEqual([]);
    screen.getByRole("article").focus();
    await userEvent.keyboard("2");
    await vi.waitFor(() => expect(posted).toHaveLength(1));
  });

  it("asks the other question about what was held back", () => {
    show(makeAlert({ delivered: false }));
    const names = screen.getAllByRole("button").map((button) => button.textContent);
    expect(names).toEqual(["Should have been sent4", "Rightly held2"]);
  });

  it("says hindsight where the outcome was known", () => {
    show(makeAlert({ label: { id: "f0", label: "good", notes: "", outcomeKnown: true } }));
    expect(screen.getByText("with hindsight")).toBeInTheDocument();
  });
});
