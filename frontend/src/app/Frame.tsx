import { Tooltip, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconKeyboard } from "@tabler/icons-react";
import { lazy, Suspense, useCallback, useEffect, useState, type JSX } from "react";
import { NavLink, Outlet, useLocation, useNavigate } from "react-router";

import { FeedbackProvider } from "@/features/feedback/FeedbackProvider";
import { FirstSteps } from "@/features/tour/FirstSteps";
import { useMe, useSettings } from "@/shared/api/queries";
import { DEFAULT_SETTINGS } from "@/shared/api/settings";
import type { PageId } from "@/shared/lib/keys";
import { KeyboardProvider, useKeys } from "@/shared/ui/keyboard";
import { useToastsWanted } from "@/shared/ui/toast";

import classes from "./Frame.module.css";
import { Header } from "./Header";
import { Notices } from "./Notices";
import { RealtimeProvider } from "./RealtimeProvider";
import { PAGE_ROUTES } from "./pages";

const KeySheet = lazy(() => import("./KeySheet"));
const Palette = lazy(() => import("./Palette"));
const Toasts = lazy(() => import("./Toasts"));

const PHONE = "(max-width: 720px)";

export function Frame(): JSX.Element | null {
  const me = useMe();
  const settings = useSettings().data ?? DEFAULT_SETTINGS;
  const navigate = useNavigate();
  const goTo = useCallback(
    (page: PageId) => {
      const route = PAGE_ROUTES.find((item) => item.page === page);
      if (route) void navigate(route.path);
    },
    [navigate],
  );
  if (me.data === undefined) return null;
  return (
    <RealtimeProvider me={me.data}>
      <KeyboardProvider enabled={settings.keys.singleKeys} changed={settings.keys.bindings} goTo={goTo}>
        <FeedbackProvider userId={me.data.id}>
          <Notices sounds={settings.sounds} delivery={settings.delivery} />
          <Shell />
        </FeedbackProvider>
      </KeyboardProvider>
    </RealtimeProvider>
  );
}

function Shell(): JSX.Element {
  const phone = useMediaQuery(PHONE);
  const [sheet, setSheet] = useState(false);
  const palette = usePaletteWanted();
  const toasts = useToastsWanted();
  const { pathname } = useLocation();
  useKeys({ help: () => setSheet(true) });
  const pages = PAGE_ROUTES.filter((route) => route.nav);
  return (
    <div className={classes.frame} data-phone={phone || undefined}>
      <header className={classes.header}>
        <a className={classes.skip} href="#main">
          Skip to the page
        </a>
        <Header phone={phone} />
      </header>
      <nav className={phone ? classes.bottom : classes.rail} aria-label="Pages">
        {pages.map((route) => (
          <RailLink key={route.path} route={route} />
        ))}
        {!phone && (
          <>
            <span className={classes.space} />
            <FirstSteps className={classes.railItem ?? ""} />
            <Tooltip label="Keys (?)" position="right">
              <UnstyledButton className={classes.railItem} aria-label="Show the keys" onClick={() => setSheet(true)}>
                <IconKeyboard size={20} aria-hidden />
              </UnstyledButton>
            </Tooltip>
          </>
        )}
      </nav>
      <main className={classes.main} id="main" tabIndex={-1}>
        <Outlet />
      </main>
      <Suspense fallback={null}>
        {(toasts || pathname !== "/") && <Toasts />}
        {palette && <Palette />}
        {sheet && <KeySheet close={() => setSheet(false)} />}
      </Suspense>
    </div>
  );
}

/** The palette's code comes with the first Ctrl+K; from then on it listens itself. */
function usePaletteWanted(): boolean {
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    if (wanted) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setWanted(true);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [wanted]);
  return wanted;
}

function RailLink({ route }: { route: (typeof PAGE_ROUTES)[number] }): JSX.Element {
  const Icon = route.icon;
  const { pathname } = useLocation();
  const active = route.path === "/" ? pathname === "/" : pathname.startsWith(route.path);
  return (
    <NavLink to={route.path} className={classes.railItem ?? ""} data-active={active || undefined}>
      {Icon && <Icon size={20} aria-hidden />}
      <span className={classes.railText}>{route.title}</span>
    </NavLink>
  );
}
