export { BacktestPanel as default } from "@/features/backtest/BacktestPanel";
