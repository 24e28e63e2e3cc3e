import "@/shared/ui/mantineMore";
import "@mantine/spotlight/styles.layer.css";

import { Spotlight, spotlight, type SpotlightActionData } from "@mantine/spotlight";
import { IconChartCandle, IconMoon } from "@tabler/icons-react";
import { useEffect, type JSX } from "react";
import { useNavigate } from "react-router";

import { TABS } from "@/features/journal/tabs";
import { SECTIONS } from "@/features/settings/sections";
import { useSaveSettings, useSettings, useSymbols } from "@/shared/api/queries";

import { PAGE_ROUTES } from "./pages";

/** A part of a page that has an address of its own. */
interface Part {
  page: string;
  title: string;
  about: string;
  address: string;
}

const PARTS: readonly Part[] = [
  ...TABS.map(({ id, title, about }) => ({ page: "Journal", title, about, address: `/journal?tab=${id}` })),
  ...SECTIONS.map(({ id, title, about }) => ({ page: "Settings", title, about, address: `/settings?section=${id}` })),
];

/** Ctrl+K: every page and its parts, every symbol, and the theme. */
export default function Palette(): JSX.Element {
  const navigate = useNavigate();
  const symbols = useSymbols().data ?? [];
  const settings = useSettings().data;
  const save = useSaveSettings();
  useEffect(() => spotlight.open(), []); // the key press that loaded it wanted it open
  const pages: SpotlightActionData[] = PAGE_ROUTES.map((route) => ({
    id: `page ${route.path}`,
    label: route.title,
    description: "Page",
    keywords: route.about ?? "",
    leftSection: route.icon ? <route.icon size={20} /> : null,
    onClick: () => void navigate(route.path),
  }));
  const parts: SpotlightActionData[] = PARTS.map(({ page, title, about, address }) => {
    const Icon = PAGE_ROUTES.find((route) => route.title === page)?.icon;
    return {
      id: `part ${address}`,
      label: `${page}: ${title}`,
      description: "Page",
      keywords: about,
      leftSection: Icon ? <Icon size={20} /> : null,
      onClick: () => void navigate(address),
    };
  });
  const charts: SpotlightActionData[] = symbols.map((item) => ({
    id: `symbol ${item.symbol}`,
    label: item.symbol,
    description: "Chart",
    leftSection: <IconChartCandle size={20} />,
    onClick: () => void navigate(`/?symbol=${encodeURIComponent(item.symbol)}`),
  }));
  const themes: SpotlightActionData[] = (["dark", "light", "system"] as const).map((theme) => ({
    id: `theme ${theme}`,
    label: `Theme: ${theme}`,
    description: "Display",
    leftSection: <IconMoon size={20} />,
    onClick: () => {
      if (settings) save.mutate({ display: { ...settings.display, theme } });
    },
  }));
  return (
    <Spotlight
      actions={[...pages, ...charts, ...parts, ...themes]}
      shortcut="mod + K"
      nothingFound="Nothing by that name"
      highlightQuery
      limit={12}
      attributes={{ content: { "aria-label": "Palette" } }}
      searchProps={{ placeholder: "Page, symbol or setting", "aria-label": "Search pages, symbols and settings" }}
    />
  );
}
