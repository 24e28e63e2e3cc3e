import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { StreamConnection, type Phase } from "./connection";

const WAIT = { timeout: 20_000 };

let server: Server;
let lines: ServerResponse[];
let connection: StreamConnection | null;
let phases: Phase[];

beforeEach(async () => {
  [lines, phases, connection] = [[], [], null];
  server = createServer((_, response) => {
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
      reconnect: () => undefined,
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
