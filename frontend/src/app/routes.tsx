import { lazy, Suspense, type JSX } from "react";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";

import { ErrorBoundary } from "@/shared/ui/ErrorBoundary";
import { Loading } from "@/shared/ui/states";

import { Frame } from "./Frame";
import { PAGE_ROUTES } from "./pages";

/** Only the live page is part of the first load; the others bring the forms' and tables' CSS along. */
const PAGES = PAGE_ROUTES.map((route) => ({
  ...route,
  Page: lazy(route.path === "/" ? route.load : () => import("@/shared/ui/mantineMore").then(route.load)),
}));

/** The frame around whichever page the address names; each page's code comes when it is opened. */
export function AppRoutes(): JSX.Element {
  return (
    <BrowserRouter>
      <Routes>
        <Route element={<Frame />}>
          {PAGES.map(({ path, title, Page }) => (
            <Route
              key={path}
              path={path}
              element={
                <ErrorBoundary key={path}>
                  <Suspense fallback={<Loading label={`Loading ${title}`} rows={12} height={40} />}>
                    <Page />
                  </Suspense>
                </ErrorBoundary>
              }
            />
          ))}
          <Route path="*" element={<Navigate to="/" replace />} />
        </Route>
      </Routes>
    </BrowserRouter>
  );
}
