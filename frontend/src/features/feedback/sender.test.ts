import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { AlertStore } from "@/shared/realtime/alertStore";
import { makeAlert } from "@/testing/alerts";

import { FeedbackSender, type Saved } from "./sender";

interface Sent {
  method: string;
  path: string;
  key: string | undefined;
  body: Record<string, unknown>;
}

const sent: Sent[] = [];
let answers: (() => Promise<Response>)[] = [];
let ids = 0;

function saved(label: string | null): () => Promise<Response> {
  ids += 1;
  const body = {
    id: label === null ? null : `f${ids}`,
    label,
    notes: "",
    outcomeKnown: false,
    metrics: { ruleId: "ltp_breakout" },
    score: { before: 0, after: -0.04 },
    gates: { before: { minConfidence: 0.6 }, after: { minConfidence: 0.604 } },
  };
  return () => Promise.resolve(new Response(JSON.stringify(body), { status: 201 }));
}
const down = (): Promise<Response> => Promise.reject(new TypeError("Failed to fetch"));
const refused = (): Promise<Response> =>
  Promise.resolve(
    new Response(JSON.stringify({ type: "client_error", errors: [{ code: "not_found", detail: "No signal", attr: null }] }), { status: 404 }),
  );

function setup(): { sender: FeedbackSender; store: AlertStore; done: Saved[]; problems: string[] } {
  const store = new AlertStore();
  store.snapshot([makeAlert(), makeAlert({ n: 2 })]);
  const done: Saved[] = [];
  const problems: string[] = [];
  const sender = new FeedbackSender("test-labels", store, {
    saved: (_result, item) => done.push(item),
    problem: (error) => problems.push(error.message),
  });
  return { sender, store, done, problems };
}

beforeEach(() => {
  sent.length = 0;
  answers = [];
  localStorage.clear();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    const headers = init.headers as Record<string, string>;
    sent.push({
      method: init.method ?? "",
      path,
      key: headers["Idempotency-Key"],
      body: JSON.parse((init.body as string | undefined) ?? "{}") as Record<string, unknown>,
    });
    return (answers.shift() ?? down)();
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("sending labels", () => {
  it("shows the label at once and keeps it when the server agrees", async () => {
    answers = [saved("bad")];
    const { sender, store, done } = setup();
    sender.label(makeAlert(), "bad");
    expect(store.find("s1")?.label?.label).toBe("bad");
    await vi.waitFor(() => expect(done).toHaveLength(1));
    expect(sent[0]?.body).toEqual({ signalId: "s1", label: "bad" });
    expect(store.find("s1")?.label?.id).not.toBe("");
    expect(sender.outbox.get()).toEqual([]);
  });

  it("keeps it while offline and sends it again under the same key", async () => {
    const { sender, store, done } = setup();
    sender.label(makeAlert(), "good");
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(sender.outbox.get()).toHaveLength(1);
    expect(store.find("s1")?.label?.label).toBe("good");
    answers = [saved("good")];
    await vi.advanceTimersByTimeAsync(20_000);
    await vi.waitFor(() => expect(done).toHaveLength(1));
    expect(sent).toHaveLength(2);
    expect(sent[0]?.key).toBeTruthy();
    expect(sent[1]?.key).toBe(sent[0]?.key);
  });

  it("sends what an earlier page left behind", async () => {
    const first = setup();
    first.sender.label(makeAlert(), "late");
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    answers = [saved("late")];
    const second = setup();
    second.sender.start();
    await vi.waitFor(() => expect(second.done).toHaveLength(1));
    expect(sent[1]?.key).toBe(sent[0]?.key);
  });

  it("puts the old label back when the server refuses", async () => {
    answers = [refused];
    const { sender, store, problems } = setup();
    const before = makeAlert({ label: { id: "f0", label: "late", notes: "", outcomeKnown: false } });
    sender.label(before, "good");
    await vi.waitFor(() => expect(problems).toEqual(["No signal"]));
    expect(store.find("s1")?.label?.label).toBe("late");
    expect(sender.outbox.get()).toEqual([]);
  });

  it("undoes the newest saved label", async () => {
    answers = [saved("good"), saved("bad")];
    const { sender, store, done } = setup();
    sender.label(makeAlert(), "good");
    sender.label(makeAlert({ n: 2 }), "bad");
    await vi.waitFor(() => expect(done).toHaveLength(2));
    const newest = store.find("s2")?.label?.id;
    answers = [saved(null)];
    await sender.undo();
    expect(sent.at(-1)).toMatchObject({ method: "DELETE", path: `/api/feedback/${newest}` });
    expect(store.find("s2")?.label).toBeNull();
    expect(store.find("s1")?.label?.label).toBe("good");
  });
});
