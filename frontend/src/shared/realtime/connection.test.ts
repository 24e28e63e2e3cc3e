import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { StreamConnection, type Phase } from "./connection";

const WAIT = { timeout: 20_000 };

let server: Server;
let lines: ServerResponse[];
let connection: StreamConnection | null;
let phases: Phase[];
let refusals: number;
let losses: number;

beforeEach(async () => {
  [lines, phases, connection] = [[], [], null];
  [refusals, losses] = [0, 0];
  server = createServer((_, response) => {
    if (lines.length > 0 && refusals > 0) {
      refusals -= 1;
      response.writeHead(502).end();
      return;
    }
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(": here\n\n");
    lines.push(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  connection?.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function connect(): StreamConnection {
  const { port } = server.address() as AddressInfo;
  return new StreamConnection({
    url: `http://127.0.0.1:${port}/api/stream`,
    lastEventId: null,
    random: () => 0,
    handlers: {
      event: () => undefined,
      phase: (phase) => phases.push(phase),
      reconnect: () => (losses += 1),
      alive: () => undefined,
    },
  });
}

test("a line that has gone silent is given up and opened again", async () => {
  connection = connect();
  connection.tune(100);
  await vi.waitFor(() => expect(lines).toHaveLength(2), WAIT);
  expect(phases).toEqual(["open", "lost", "open"]);
});

test("a connection is lost once, however often the next one is refused", async () => {
  connection = connect();
  await vi.waitFor(() => expect(lines).toHaveLength(1), WAIT);
  refusals = 3;
  lines[0]?.destroy();
  await vi.waitFor(() => expect(lines).toHaveLength(2), WAIT);
  await vi.waitFor(() => expect(phases.at(-1)).toBe("open"), WAIT);
  expect([refusals, losses]).toEqual([0, 1]);
});
