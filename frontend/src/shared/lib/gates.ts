/** The gates' names, by the code of a decision's reason (pure). */
const GATE_NAMES: Record<string, string> = {
  manual_lock: "Your lock",
  killed: "Killed",
  stale_data: "Stale data",
  session: "Outside the session",
  daily_loss: "Daily loss",
  loss_streak: "Loss streak",
  confidence: "Confidence",
  expected_value: "Expected value",
  cooldown: "Cooldown",
  alerts_per_hour: "Alerts an hour",
  budget: "Alert budget",
  rule_off: "Rule off",
  rule_muted: "Rule muted",
};

export function gateName(reasonCode: string): string {
  return GATE_NAMES[reasonCode] ?? reasonCode;
}
