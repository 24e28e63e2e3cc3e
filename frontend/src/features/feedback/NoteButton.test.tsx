import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";

import { RealtimeClient } from "@/shared/realtime/client";
import { RealtimeContext } from "@/shared/realtime/context";
import { KeyboardProvider } from "@/shared/ui/keyboard";
import { makeAlert } from "@/testing/alerts";
import { renderPage } from "@/testing/render";

import { FeedbackProvider } from "./FeedbackProvider";
import { NoteButton } from "./NoteButton";

const posted: unknown[] = [];

function answer(path: string, init?: RequestInit): Response {
  if (path === "/api/feedback") posted.push(JSON.parse(init?.body as string));
  return new Response(JSON.stringify({ next: null, previous: null, results: [] }));
}

beforeEach(() => {
  posted.length = 0;
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => Promise.resolve(answer(path, init)));
});

it("takes a note by N, in its field at once, and gives the focus back to the card when it is saved", async () => {
  const label = { id: "f1", label: "bad", notes: "", outcomeKnown: false } as const;
  const user = userEvent.setup();
  renderPage(
    <RealtimeContext value={new RealtimeClient("u1")}>
      <KeyboardProvider enabled changed={{}} goTo={() => undefined}>
        <FeedbackProvider userId="u1">
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <article tabIndex={0} aria-label="card">
            <NoteButton alert={makeAlert({ label })} />
          </article>
        </FeedbackProvider>
      </KeyboardProvider>
    </RealtimeContext>,
  );
  screen.getByRole("article").focus();
  await user.keyboard("n");
  await waitFor(() => expect(screen.getByLabelText("Note")).toHaveFocus());
  await user.keyboard("Thin tape");
  await user.tab();
  await user.keyboard("{Enter}");
  await waitFor(() => expect(posted).toEqual([{ signalId: "s1", label: "bad", notes: "Thin tape" }]));
  await waitFor(() => expect(screen.getByRole("article")).toHaveFocus());
});
