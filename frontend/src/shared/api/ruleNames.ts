import { useRules } from "./queries";
import type { Rule } from "./types";

/** A rule's title; its id while that is not known. */
export function ruleName(rules: readonly Pick<Rule, "ruleId" | "title">[], ruleId: string): string {
  return rules.find((rule) => rule.ruleId === ruleId)?.title ?? ruleId;
}

export function useRuleName(): (ruleId: string) => string {
  const rules = useRules().data ?? [];
  return (ruleId) => ruleName(rules, ruleId);
}
