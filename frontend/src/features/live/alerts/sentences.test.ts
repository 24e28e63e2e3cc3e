import { describe, expect, it } from "vitest";

import type { Alert } from "@/shared/api/types";

import { gateSentence, shortGate } from "./sentences";

const alert = (more: Partial<Alert>): Alert =>
  ({
    confidence: 0.84,
    delivered: true,
    reason: "",
    reasonCode: "delivered",
    numbers: { minConfidence: 0.613, base: 0.6, score: -0.13 },
    ...more,
  }) as Alert;

describe("gate sentence", () => {
  it("has both numbers, and what the gate came from", () => {
    expect(gateSentence(alert({}))).toBe("Confidence 84 ≥ gate 61.3 (base 60.0, score \u22120.13)");
    expect(gateSentence(alert({ delivered: false, reasonCode: "confidence", confidence: 0.5 }))).toBe(
      "Confidence 50 < gate 61.3 (base 60.0, score \u22120.13)",
    );
  });

  it("shows a decimal where whole points would look equal", () => {
    expect(gateSentence(alert({ confidence: 0.609, delivered: false, reasonCode: "confidence" }))).toMatch(
      /^Confidence 60\.9 < gate 61\.3/,
    );
  });

  it("leaves other gates to the server's words", () => {
    const cooldown = alert({ delivered: false, reasonCode: "cooldown", reason: "cooldown until 14:32 (21 min 45 s: 15 × 1.45)" });
    expect(gateSentence(cooldown)).toBe("Cooldown until 14:32 (21 min 45 s: 15 × 1.45)");
    expect(gateSentence(alert({ numbers: {}, reason: "passed" }))).toBe("Passed");
  });

  it("keeps both numbers in its short form, without where they came from", () => {
    expect(shortGate(alert({}))).toBe("Confidence 84 ≥ gate 61.3");
    expect(shortGate(alert({ delivered: false, reasonCode: "cooldown", reason: "cooldown until 14:32 (21 min 45 s: 15 × 1.45)" }))).toBe(
      "Cooldown until 14:32",
    );
  });
});
