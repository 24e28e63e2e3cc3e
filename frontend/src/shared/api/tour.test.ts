import { expect, it } from "vitest";

import { withSteps } from "./tour";

it("adds each step once and keeps their order", () => {
  expect(withSteps({ done: ["label"], dismissed: false }, ["label", "gate", "gate"])).toEqual({ done: ["label", "gate"], dismissed: false });
});

it("writes nothing that is known or no longer wanted", () => {
  expect(withSteps({ done: ["label"], dismissed: false }, ["label"])).toBeNull();
  expect(withSteps({ done: [], dismissed: true }, ["label"])).toBeNull();
});
