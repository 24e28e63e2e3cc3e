import {
  colorsTuple,
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from "@mantine/core";

import { cssVariables, tokensFor, type ColorScheme, type DirectionPair } from "./tokens";

/** The only motion of what opens and closes. */
const FADE = { transition: "fade", duration: 120 } as const;
const DIALOG = {
  // A dialog's head is no banner of the page.
  attributes: { header: { role: "none" } },
  closeButtonProps: { "aria-label": "Close" },
  shadow: "none",
  overlayProps: { backgroundOpacity: 0.6 },
  transitionProps: FADE,
};
const FONT = '"IBM Plex Sans Variable", system-ui, sans-serif';

/** Mantine picks shades by index: 6 in the light scheme, 4 in the dark one. */
function twoShades(dark: string, light: string): MantineColorsTuple {
  const tuple = [...colorsTuple(light)];
  for (let index = 0; index < 5; index += 1) tuple[index] = dark;
  return tuple as unknown as MantineColorsTuple;
}

const mixed = (accent: number, rest: string): string => `color-mix(in srgb, var(--c-accent) ${accent}%, ${rest})`;

/**
 * Mantine takes the text of filled buttons from the light scheme alone, white on the dark scheme's accent has contrast
 * 2.2; and a light fill from a tuple's palest shade, which ours lacks.
 */
const variantColors: VariantColorsResolver = (input) => {
  const usual = defaultVariantColorsResolver(input);
  const accent = input.color === undefined || input.color === "accent";
  if (accent && input.variant === "filled") {
    return { ...usual, background: "var(--c-accent)", hover: mixed(85, "var(--c-text)"), color: "var(--c-panel)" };
  }
  if (accent && input.variant === "light") {
    return { background: mixed(14, "transparent"), hover: mixed(24, "transparent"), color: "var(--c-accent)", border: "1px solid var(--c-accent)" };
  }
  return usual;
};

const dark = tokensFor("dark");
const light = tokensFor("light");

export const theme = createTheme({
  fontFamily: FONT,
  fontFamilyMonospace: FONT,
  fontSizes: { xs: "11px", sm: "12px", md: "13px", lg: "15px", xl: "20px" },
  lineHeights: { xs: "14px", sm: "16px", md: "18px", lg: "20px", xl: "26px" },
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  radius: { xs: "4px", sm: "4px", md: "6px", lg: "8px", xl: "8px" },
  defaultRadius: "md",
  headings: { fontFamily: FONT, fontWeight: "600" },
  colors: {
    // Mantine's own neutrals, replaced by ours: it reads them by index in inputs, keys and menus.
    dark: [
      dark.text,
      dark.dim,
      dark.faint,
      dark.control,
      dark.control,
      dark.hover,
      dark.card,
      dark.panel,
      dark.app,
      dark.app,
    ],
    gray: [
      light.card,
      light.app,
      light.hover,
      light.border,
      light.control,
      light.control,
      light.faint,
      light.dim,
      light.text,
      light.text,
    ],
    accent: twoShades(dark.accent, light.accent),
    ok: twoShades(dark.ok, light.ok),
    warn: twoShades(dark.warn, light.warn),
    bad: twoShades(dark.bad, light.bad),
  },
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 4 },
  autoContrast: true,
  variantColorResolver: variantColors,
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  activeClassName: "", // a pressed button would move under the cursor
  components: {
    Button: { defaultProps: { size: "xs", variant: "default" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: 28 } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: false, fz: 11, transitionProps: FADE } },
    TextInput: { defaultProps: { size: "xs" } },
    PasswordInput: { defaultProps: { size: "xs" } },
    // Arrow keys step; the two arrows would be 14 px high.
    NumberInput: { defaultProps: { size: "xs", hideControls: true } },
    Select: { defaultProps: { size: "xs", allowDeselect: false } },
    MultiSelect: { defaultProps: { size: "xs" } },
    TagsInput: { defaultProps: { size: "xs" } },
    Textarea: { defaultProps: { size: "xs" } },
    SegmentedControl: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "sm" } },
    Table: { defaultProps: { verticalSpacing: 4, horizontalSpacing: 8 } },
    Popover: { defaultProps: { shadow: "none", radius: "lg", transitionProps: FADE } },
    Menu: { defaultProps: { shadow: "none", transitionProps: FADE } },
    Modal: { defaultProps: { ...DIALOG, radius: "lg" } },
    Drawer: { defaultProps: DIALOG },
  },
});

function mantineOverrides(scheme: ColorScheme, pair: DirectionPair): Record<string, string> {
  const tokens = tokensFor(scheme, pair);
  return {
    ...cssVariables(tokens),
    "--mantine-color-body": tokens.panel,
    "--mantine-color-text": tokens.text,
    "--mantine-color-dimmed": tokens.dim,
    "--mantine-color-placeholder": tokens.faint,
    "--mantine-color-anchor": tokens.accent,
    "--mantine-color-default": tokens.card,
    "--mantine-color-default-hover": tokens.hover,
    "--mantine-color-default-color": tokens.text,
    "--mantine-color-default-border": tokens.control,
    "--mantine-color-error": tokens.bad,
    "--mantine-color-disabled": tokens.hover,
    "--mantine-color-disabled-color": tokens.faint,
    "--mantine-color-disabled-border": tokens.border,
    "--table-border-color": tokens.border,
  };
}

export function variablesResolver(pair: DirectionPair): CSSVariablesResolver {
  return () => ({
    variables: {},
    dark: mantineOverrides("dark", pair),
    light: mantineOverrides("light", pair),
  });
}
