import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { DEFAULT_SETTINGS, type UserSettings } from "@/shared/api/settings";
import { renderPage } from "@/testing/render";

import { Sound } from "./Sound";

type Answer = (response: Response) => void;

afterEach(() => vi.unstubAllGlobals());

/** A server that answers each save when it is told to; `saves` are the bodies it got. */
function serve(): { saves: Partial<UserSettings>[]; answers: Answer[] } {
  const saves: Partial<UserSettings>[] = [];
  const answers: Answer[] = [];
  vi.stubGlobal(
    "fetch",
    vi.fn((path: string, init: { method: string; body: string }) => {
      if (path !== "/api/settings") return Promise.resolve(new Response("[]"));
      if (init.method !== "PUT") return Promise.resolve(new Response(JSON.stringify(DEFAULT_SETTINGS)));
      saves.push(JSON.parse(init.body) as Partial<UserSettings>);
      return new Promise<Response>((resolve) => answers.push(resolve));
    }),
  );
  return { saves, answers };
}

async function answer(answers: Answer[], index: number, status: number, body: unknown): Promise<void> {
  await waitFor(() => expect(answers.length).toBeGreaterThan(index));
  await act(async () => {
    answers[index]?.(new Response(JSON.stringify(body), { status }));
    await Promise.resolve();
  });
}

const long = (): Promise<HTMLElement> => screen.findByRole("switch", { name: /^Long/ });
const short = (): HTMLElement => screen.getByRole("switch", { name: /^Short/ });

test("a switch shows what was chosen the moment it is clicked", async () => {
  serve();
  renderPage(<Sound />);
  const control = await long();
  fireEvent.click(control);
  expect(control).not.toBeChecked();
  fireEvent.click(control);
  expect(control).toBeChecked();
});

test("saves go one after the other, and the answer to an older one takes back no newer", async () => {
  const { saves, answers } = serve();
  renderPage(<Sound />);
  fireEvent.click(await long());
  fireEvent.click(short());
  const first = { ...DEFAULT_SETTINGS.sounds, long: false };
  const both = { ...first, short: false };
  await waitFor(() => expect(saves).toEqual([{ sounds: first }]));
  await answer(answers, 0, 200, { ...DEFAULT_SETTINGS, sounds: first });
  await waitFor(() => expect(saves).toEqual([{ sounds: first }, { sounds: both }]));
  expect(short()).not.toBeChecked();
  await answer(answers, 1, 200, { ...DEFAULT_SETTINGS, sounds: both });
  expect(short()).not.toBeChecked();
  expect(await long()).not.toBeChecked();
});

test("what the server refuses is put back, and the page says why", async () => {
  const { answers } = serve();
  renderPage(<Sound />);
  fireEvent.click(await long());
  await answer(answers, 0, 400, { errors: [{ code: "invalid", attr: "sounds", detail: "Not like this." }] });
  expect(await screen.findByRole("alert")).toHaveTextContent("Not saved: sounds: Not like this.");
  await waitFor(async () => expect(await long()).toBeChecked());
});
