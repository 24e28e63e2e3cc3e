import { expect, it } from "vitest";

import { gateName } from "./gates";

it("a gate has a name; one that is new has its code", () => {
  expect(gateName("cooldown")).toBe("Cooldown");
  expect(gateName("something_new")).toBe("something_new");
});
