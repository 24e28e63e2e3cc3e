import { localStorageColorSchemeManager, MantineProvider, useMantineColorScheme } from "@mantine/core";
import { lazy, Suspense, useEffect, useMemo, type JSX, type ReactNode } from "react";

import { ApiError } from "@/shared/api/http";
import { useMe, useSettings } from "@/shared/api/queries";
import { DEFAULT_SETTINGS, type UserSettings } from "@/shared/api/settings";
import { ErrorState } from "@/shared/ui/states";
import { theme, variablesResolver } from "@/shared/ui/theme";

import { styleNonce } from "./nonce";
import { AppRoutes } from "./routes";

const LoginPage = lazy(() => import("./LoginPage"));

const schemeManager = localStorageColorSchemeManager({ key: "coach-color-scheme" });

export function App(): JSX.Element {
  const me = useMe();
  const settings = useSettings();
  const display = settings.data?.display ?? DEFAULT_SETTINGS.display;
  const resolver = useMemo(() => variablesResolver(display.colourPair), [display.colourPair]);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={resolver}
      colorSchemeManager={schemeManager}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      {settings.data && <ApplyDisplay display={settings.data.display} />}
      <Gate error={me.error} retry={() => void me.refetch()} signedIn={me.data !== undefined}>
        <AppRoutes />
      </Gate>
    </MantineProvider>
  );
}

/** Nobody is logged in: the login page. No answer: say so, and try again. */
function Gate(props: { error: Error | null; signedIn: boolean; retry: () => void; children: ReactNode }): ReactNode {
  const { error, signedIn, retry, children } = props;
  if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
    return (
      <Suspense fallback={null}>
        <LoginPage />
      </Suspense>
    );
  }
  if (signedIn) return children;
  return error ? <ErrorState error={error} retry={retry} /> : null;
}

/** Takes the saved theme over; the browser keeps it for the first paint of the next visit. */
function ApplyDisplay({ display }: { display: UserSettings["display"] }): null {
  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => {
    setColorScheme(display.theme === "system" ? "auto" : display.theme);
  }, [display.theme, setColorScheme]);
  useEffect(() => {
    document.documentElement.toggleAttribute("data-reduced-motion", display.motion === "reduced");
  }, [display.motion]);
  return null;
}
