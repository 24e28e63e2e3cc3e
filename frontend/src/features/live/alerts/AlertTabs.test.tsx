import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { renderPage } from "@/testing/render";

import { AlertTabs } from "./AlertTabs";

const names = (): (string | null)[] => screen.getAllByRole("tab").map((tab) => tab.textContent);

it("counts the alerts of each tab once they are known: none is not nought", () => {
  const list = { tab: "open", choose: () => undefined, waiting: 0, showNew: () => undefined } as const;
  const { unmount } = renderPage(<AlertTabs {...list} />);
  expect(names()).toEqual(["Open –", "All –", "Held back –"]);
  unmount();
  renderPage(<AlertTabs {...list} open={0} all={3} held={12} />);
  expect(names()).toEqual(["Open 0", "All 3", "Held back 12"]);
});
