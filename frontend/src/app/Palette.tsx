import "@/shared/ui/mantineMore";
import "@mantine/spotlight/styles.layer.css";

import { Spotlight, spotlight, type SpotlightActionData } from "@mantine/spotlight";
import { IconChartCandle, IconMoon } from "@tabler/icons-react";
import { useEffect, type JSX } from "react";
import { useNavigate } from "react-router";

import { useSaveSettings, useSettings, useSymbols } from "@/shared/api/queries";

import { PAGE_ROUTES } from "./pages";

/** Ctrl+K: every page, every symbol, and the theme. */
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
    leftSection: route.icon ? <route.icon size={20} /> : null,
    onClick: () => void navigate(route.path),
  }));
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
      actions={[...pages, ...charts, ...themes]}
      shortcut="mod + K"
      nothingFound="Nothing by that name"
      highlightQuery
      limit={12}
      attributes={{ content: { "aria-label": "Palette" } }}
      searchProps={{ placeholder: "Page, symbol or setting", "aria-label": "Search pages, symbols and settings" }}
    />
  );
}
