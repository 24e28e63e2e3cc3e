import { expect, it } from "vitest";

import { closedWords } from "./closed";

const ET = (text: string, zone = "-04:00"): number => Date.parse(`${text}${zone}`);

it.each([
  ["a night", "2025-09-16T16:00:00", "2025-09-17T09:30:00", "Closed"],
  ["early in the morning", "2025-09-17T04:00:00", "2025-09-17T09:30:00", "Closed"],
  ["Friday after the close", "2025-09-12T16:00:00", "2025-09-15T09:30:00", "Closed for the weekend"],
  ["Saturday", "2025-09-13T11:00:00", "2025-09-15T09:30:00", "Closed for the weekend"],
  ["Sunday night", "2025-09-14T23:59:00", "2025-09-15T09:30:00", "Closed for the weekend"],
  ["Monday before the open", "2025-09-15T02:00:00", "2025-09-15T09:30:00", "Closed"],
  ["the evening before Juneteenth, a Thursday", "2025-06-18T16:00:00", "2025-06-20T09:30:00", "Closed for a holiday"],
  ["a holiday's morning", "2025-06-19T10:00:00", "2025-06-20T09:30:00", "Closed for a holiday"],
  ["the eve of Labor Day's weekend", "2025-08-29T16:00:00", "2025-09-02T09:30:00", "Closed for the weekend and a holiday"],
])("says what the market is closed for: %s", (_, now, opens, words) => {
  expect(closedWords(ET(now), ET(opens), "XNYS")).toBe(words);
});

it("takes a short day for no holiday once its session may be over", () => {
  const opens = ET("2025-12-01T09:30:00", "-05:00");
  expect(closedWords(ET("2025-11-28T13:00:00", "-05:00"), opens, "XNYS")).toBe("Closed for the weekend");
});
