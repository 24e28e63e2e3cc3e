import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { EMA_CROSS, makeResult } from "@/testing/backtests";
import { renderPage } from "@/testing/render";

import { Regimes, RulesTable } from "./Breakdown";
import { Figures } from "./Figures";
import { ProofBadge } from "./ProofBadge";

test("a few labels are counted, not made a rate", () => {
  const few = { ...makeResult(41), winrate: 2 / 3, labels: { good: 2, bad: 1 } };
  renderPage(<Figures result={few} other={null} calendar="XNYS" />);
  expect(screen.getByTestId("figure-Your labels")).toHaveTextContent("–");
  expect(screen.getByText("2 good : 1 bad, too few (n 3)")).toBeVisible();
});

test("every figure has its interval and n; the trader's labels are apart and none is not 0 %", () => {
  renderPage(<Figures result={makeResult(41)} other={null} calendar="XNYS" />);
  expect(screen.getByTestId("figure-Expectancy")).toHaveTextContent("+0.22R");
  expect(screen.getByText(/90 %: \+0\.05…\+0\.40/)).toHaveTextContent("n 41, p random 0.021");
  expect(screen.getByTestId("figure-Hit rate")).toHaveTextContent("58 %");
  expect(screen.getByTestId("figure-Drawdown")).toHaveTextContent("−4.20R");
  expect(screen.getByTestId("figure-Your labels")).toHaveTextContent("–");
  expect(screen.getByText("no label on these triggers")).toBeVisible();
});

test("below 20 outcomes a rate says too few instead of a number", () => {
  renderPage(<Figures result={makeResult(12)} other={null} calendar="XNYS" />);
  expect(screen.getByTestId("figure-Expectancy")).toHaveTextContent("–");
  expect(screen.getAllByText(/too few \(n 12\)/)).toHaveLength(3);
});

test("a second run stands beside the first", () => {
  renderPage(<Figures result={makeResult(41)} other={makeResult(30, { triggerCount: 30 })} calendar="XNYS" />);
  expect(screen.getByText("B 30")).toBeVisible();
  expect(screen.getByText("B +0.22R")).toBeVisible();
});

test("a rule's values stand in the order of its own description, and choosing it filters", async () => {
  const choose = vi.fn();
  const { metrics } = makeResult(41);
  renderPage(<RulesTable metrics={metrics} rules={[EMA_CROSS]} chosen={null} choose={choose} />);
  expect(screen.getByText("20/50")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "EMA cross" }));
  expect(choose).toHaveBeenCalledWith("ema_cross");
});

test("regimes below 20 outcomes give way to one word", () => {
  renderPage(<Regimes metrics={makeResult(12).metrics} />);
  expect(screen.getByRole("row", { name: /Trend, normal vol\./ })).toHaveTextContent("too few (n 12)");
});

test("a failed proof says so in words, with the bars", async () => {
  const { proof } = makeResult(41);
  renderPage(<ProofBadge proof={{ ...proof, prefix: { ...proof.prefix, ok: false, failedSeqs: [7, 9] } }} />);
  await userEvent.click(screen.getByRole("button", { name: "Proof failed" }));
  expect(await screen.findByText(/2 bars differ, seq 7, 9/)).toBeInTheDocument();
});
