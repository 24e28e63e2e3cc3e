import { act, renderHook, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";

import { renderPage } from "@/testing/render";

import Beacons from "./Beacons";
import { useTargets } from "./targets";

const LABEL = "article[data-open] [data-tour=label]";
const DONE = ["gate", "preset", "promote", "interrupt"] as const;
const page = document.createElement("main");

/** A card as the Live page draws it: a new one is another element. */
function openCard(): Element | null {
  page.innerHTML = "<article data-open><div data-tour='label'>Good, Bad</div></article>";
  document.body.append(page);
  return page.querySelector("[data-tour]");
}

afterEach(() => page.remove());

test("a beacon goes with its target and comes back with it", async () => {
  openCard();
  renderPage(<Beacons done={DONE} />);
  const name = "First steps: Label an alert";
  expect(await screen.findByRole("button", { name })).toBeInTheDocument();
  act(() => page.replaceChildren());
  await waitFor(() => expect(screen.queryByRole("button", { name })).not.toBeInTheDocument());
  act(() => void openCard());
  expect(await screen.findByRole("button", { name })).toBeInTheDocument();
});

test("a target that is drawn anew is followed, one that stays is the same", async () => {
  const selectors = [LABEL];
  const first = openCard();
  const { result } = renderHook(() => useTargets(selectors));
  await waitFor(() => expect(result.current[0]?.current).toBe(first));
  const known = result.current[0];
  page.append(document.createElement("p"));
  const second = openCard();
  await waitFor(() => expect(result.current[0]?.current).toBe(second));
  expect(result.current[0]).not.toBe(known);
});
