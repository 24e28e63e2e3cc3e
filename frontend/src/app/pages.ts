/**
 * The route table: one line a page. A page with `nav` shows in the rail, in this order, and in the
 * palette; pages are loaded when they are opened.
 */
import { IconChartCandle, IconListCheck, IconSettings } from "@tabler/icons-react";
import type { ComponentType } from "react";

import type { PageId } from "@/shared/lib/keys";

export interface PageRoute {
  path: string;
  title: string;
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
    page: "live",
    icon: IconChartCandle,
    nav: true,
    load: () => import("./pages/LivePage"),
  },
  {
    path: "/rules",
    title: "Rules",
    page: "rules",
    icon: IconListCheck,
    nav: true,
    load: () => import("./pages/RulesPage"),
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

export const SLO_PATH = PAGE_ROUTES.find((route) => route.path === "/slo")?.path;
