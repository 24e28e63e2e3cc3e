/**
 * The route table: one line a page. A page with `nav` shows in the rail, in this order, and in the
 * palette; pages are loaded when they are opened.
 */
import {
  IconCertificate,
  IconChartCandle,
  IconEqual,
  IconGauge,
  IconHistory,
  IconListCheck,
  IconNotebook,
  IconSettings,
} from "@tabler/icons-react";
import type { ComponentType } from "react";

import type { PageId } from "@/shared/lib/keys";

export interface PageRoute {
  path: string;
  title: string;
  /** More words by which the palette finds it. */
  about?: string;
  /** The letter after G, if there is one. */
  page?: PageId;
  icon?: ComponentType<{ size?: number }>;
  nav: boolean;
  load: () => Promise<{ default: ComponentType }>;
}

export const PAGE_ROUTES: readonly PageRoute[] = [
  {
    path: "/",
    title: "Live",
    about: "chart alerts watchlist",
    page: "live",
    icon: IconChartCandle,
    nav: true,
    load: () => import("./pages/LivePage"),
  },
  {
    path: "/rules",
    title: "Rules",
    about: "scores gates hit rate expectancy silence",
    page: "rules",
    icon: IconListCheck,
    nav: true,
    load: () => import("./pages/RulesPage"),
  },
  {
    path: "/backtest",
    title: "Backtest",
    about: "presets sweep compare promote history",
    page: "backtest",
    icon: IconHistory,
    nav: true,
    load: () => import("./pages/BacktestPage"),
  },
  {
    path: "/journal",
    title: "Journal",
    page: "journal",
    icon: IconNotebook,
    nav: true,
    load: () => import("./pages/JournalPage"),
  },
  {
    path: "/golden",
    title: "Golden",
    about: "cases candidates tests mutants kill rate",
    icon: IconCertificate,
    nav: true,
    load: () => import("./pages/GoldenPage"),
  },
  {
    path: "/service-levels",
    title: "SLO",
    about: "service levels objectives latency budget burn health",
    icon: IconGauge,
    nav: true,
    load: () => import("./pages/SloPage"),
  },
  {
    path: "/parity",
    title: "Parity",
    about: "replay differences sessions",
    icon: IconEqual,
    nav: true,
    load: () => import("./pages/ParityPage"),
  },
  {
    path: "/settings",
    title: "Settings",
    page: "settings",
    icon: IconSettings,
    nav: true,
    load: () => import("./pages/SettingsPage"),
  },
];

/** Where the latency chips lead. `/slo` itself is the server's. */
export const SLO_PATH = PAGE_ROUTES.find((route) => route.path === "/service-levels")?.path;
