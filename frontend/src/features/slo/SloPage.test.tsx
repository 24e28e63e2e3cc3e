import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import type { MeasurePoint, Slo } from "@/shared/api/types";
import { renderPage } from "@/testing/render";

import { SloPage } from "./SloPage";

const AS_OF = Date.UTC(2026, 2, 2, 13, 36, 59);
const MINUTE = 60_000;
const HOUR = { count: 600, p50: 20, p95: 40, p99: 60 };
const SLO = {
  asOf: new Date(AS_OF).toISOString(),
  window: "1h",
  metrics: { rtt: HOUR },
  sseReconnects: { lastHour: 1, total: 3 },
  objectives: [
    {
      name: "rtt",
      title: "Round trip",
      objective: 0.95,
      window: "30d",
      measure: "rtt",
      withinMs: 120,
      sli: 0.98,
      count: 4321,
      budgetLeft: 0.6,
      burn: { "5m": 0.1, "1h": 0.2, "6h": 0.3, "3d": 0.4 },
      state: "ok",
    },
  ],
} as unknown as Slo;
const minute = (before: number, p95: number): MeasurePoint => ({ ts: Math.floor(AS_OF / MINUTE) * MINUTE - before * MINUTE, count: 10, p50: 20, p95, p99: 60 });

afterEach(() => vi.unstubAllGlobals());

async function shown(points: MeasurePoint[]): Promise<SVGElement> {
  vi.stubGlobal(
    "fetch",
    vi.fn((path: string) => Promise.resolve(new Response(JSON.stringify(path.startsWith("/slo/series") ? points : SLO)))),
  );
  renderPage(<SloPage />, "/service-levels");
  return (await screen.findByRole("img", { name: /p95 by minute/ })) as unknown as SVGElement;
}

test("the last hour's minutes lie within the picture", async () => {
  const picture = await shown([minute(50, 30), minute(49, 40), minute(1, 84)]);
  const lines = [...picture.querySelectorAll("polyline")].map((line) => line.getAttribute("points") ?? "");
  expect(lines).toHaveLength(2);
  const xs = lines.flatMap((points) => points.split(" ").map((point) => Number(point.split(",")[0])));
  expect(Math.min(...xs)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...xs)).toBeLessThanOrEqual(240);
  expect(xs[0]).toBeLessThan(120);
});

test("the share that was kept says of how many", async () => {
  await shown([minute(1, 30)]);
  expect(screen.getByText("Kept").nextElementSibling?.textContent.replace(/\s/g, " ")).toBe("98 % n 4 321");
});

test("a minute that began after the figures were taken is drawn too", async () => {
  const picture = await shown([minute(1, 30), minute(-1, 40)]);
  const x = Number(picture.querySelectorAll("polyline")[1]?.getAttribute("points")?.split(",")[0]);
  expect(x).toBeLessThanOrEqual(240);
});

test("figures of real time do not say the exchange's time", async () => {
  await shown([minute(1, 30)]);
  const asOf = screen.getByText(/^As of/);
  expect(asOf).toHaveTextContent("As of 13:36:59 UTC, real time");
  expect(asOf).not.toHaveTextContent("ET");
});
