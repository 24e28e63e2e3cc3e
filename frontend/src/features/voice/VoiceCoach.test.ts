import { beforeEach, describe, expect, test, vi } from "vitest";

import type { Heard } from "./audio/onset";
import { decodeFrame, decodeSound, type ClientFrame, type SayStart } from "./frames";
import type { SocketEvents } from "./socket";
import { VoiceCoach, type PlayerPort, type VoicePorts } from "./VoiceCoach";

function start(utteranceId: number, part: Partial<SayStart> = {}): SayStart {
  return {
    type: "say.start",
    utteranceId,
    kind: "alert",
    text: "SPY long, breakout, five twelve thirty-four",
    caption: "SPY long, breakout, 512.34",
    signalId: "S1",
    audio: "pcm",
    rate: 1,
    cuts: false,
    ...part,
  };
}

const sound = (utterance: number): { utterance: number; rate: number; samples: Int16Array } => ({
  utterance,
  rate: 22_050,
  samples: new Int16Array(10),
});

/** The edges of the browser, with what went through them. */
class Stage {
  readonly sent: ClientFrame[] = [];
  readonly played: number[] = [];
  readonly spokenHere: string[] = [];
  readonly labels: string[] = [];
  socket!: SocketEvents;
  player!: { playing: (utterance: number) => void; finished: (utterance: number) => void };
  heard!: (heard: Heard, since: number) => void;
  silentAt = 0;
  refuseMicrophone = false;
  readonly duck = vi.fn();
  readonly unduck = vi.fn();
  readonly port: PlayerPort = {
    running: true,
    start: () => Promise.resolve(),
    resume: () => Promise.resolve(),
    setVolume: () => undefined,
    play: (segment) => this.played.push(segment.utterance),
    end: () => undefined,
    duck: this.duck,
    unduck: this.unduck,
    stop: () => Promise.resolve(this.silentAt),
    close: () => undefined,
  };
  readonly coach: VoiceCoach;

  constructor(part: Partial<VoicePorts> = {}) {
    this.coach = new VoiceCoach({
      player: (events) => {
        this.player = events;
        return this.port;
      },
      browserVoice: () => ({ say: (_id, text) => this.spokenHere.push(text), stop: () => undefined }),
      socket: (events) => {
        this.socket = events;
        return { open: () => events.phase("open"), send: (frame) => this.sent.push(frame) > 0, close: () => undefined };
      },
      microphone: (heard) => {
        this.heard = heard;
        const start = (): Promise<void> => (this.refuseMicrophone ? Promise.reject(new Error("no")) : Promise.resolve());
        return { start, speaking: () => undefined, stop: () => undefined };
      },
      labelled: (signalId) => this.labels.push(signalId),
      ...part,
    });
    this.coach.start();
    this.socket.frame({ type: "hello", synthesizer: "espeak", muted: [] });
  }

  /** Utterance `id` sounds. */
  speak(id: number): void {
    this.socket.frame(start(id));
    this.socket.sound(sound(id));
    this.player.playing(id);
  }

  get state(): VoiceCoach["state"] extends { get: () => infer S } ? S : never {
    return this.coach.state.get();
  }
}

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

describe("cutting in", () => {
  test("tells the server at once, and again when it was silent", async () => {
    stage.speak(1);
    stage.silentAt = 1_080;
    stage.coach.interrupt(1_000);
    expect(stage.sent).toHaveLength(1);
    await vi.waitFor(() => expect(stage.sent).toHaveLength(2));
    const [first, second] = stage.sent as Extract<ClientFrame, { type: "interrupt" }>[];
    expect(first).toMatchObject({ type: "interrupt", utteranceId: 1, silentTs: null });
    expect((second?.silentTs ?? 0) - (second?.onsetTs ?? 0)).toBeCloseTo(80, 3);
    expect(stage.state.sounding).toBeNull();
    expect(stage.state.captions[0]?.state).toBe("cut");
  });

  test("plays nothing of it any more, and everything of the next", () => {
    stage.speak(1);
    stage.coach.interrupt(0);
    stage.socket.sound(sound(1));
    stage.player.playing(1); // told before the stop reached the audio thread
    expect(stage.state.sounding).toBeNull();
    stage.socket.frame({ type: "say.end", utteranceId: 1, outcome: "interrupted" });
    stage.speak(2);
    expect(stage.played).toEqual([1, 2]);
    expect(stage.state.sounding).toBe(2);
  });

  test("with nothing to cut does nothing, and once is enough", () => {
    stage.coach.interrupt(0);
    expect(stage.sent).toEqual([]);
    stage.speak(1);
    stage.coach.interrupt(0);
    stage.coach.interrupt(0);
    expect(stage.sent).toHaveLength(1);
  });

  test("before the first sound is no measurement", async () => {
    stage.socket.frame(start(1));
    stage.coach.interrupt(5);
    await Promise.resolve();
    await Promise.resolve();
    expect(stage.sent).toHaveLength(1);
  });

  test("an explanation takes the place of what is being said", () => {
    stage.speak(1);
    stage.socket.frame(start(2, { kind: "why", cuts: true }));
    stage.socket.sound(sound(1));
    stage.socket.sound(sound(2));
    expect(stage.played).toEqual([1, 2]);
    expect(stage.sent).toEqual([]);
  });
});

describe("a voice", () => {
  test("lowers the coach, then stops it", async () => {
    await stage.coach.listen(true);
    expect(stage.state.microphone).toBe("on");
    stage.heard("onset", 0);
    expect(stage.sent).toEqual([]); // nobody to interrupt
    stage.speak(1);
    stage.heard("maybe", 10);
    expect(stage.duck).toHaveBeenCalledOnce();
    stage.heard("over", 10);
    expect(stage.unduck).toHaveBeenCalledOnce();
    stage.heard("onset", 42);
    expect(stage.sent[0]).toMatchObject({ type: "interrupt", onsetTs: performance.timeOrigin + 42 });
  });

  test("that was none gives the coach its loudness back, also when the sentence is over", async () => {
    await stage.coach.listen(true);
    stage.speak(1);
    stage.heard("maybe", 10);
    stage.player.finished(1);
    stage.heard("over", 10);
    expect(stage.unduck).toHaveBeenCalledOnce();
  });

  test("that may not be heard is said so", async () => {
    stage.refuseMicrophone = true;
    await stage.coach.listen(true);
    expect(stage.state.microphone).toBe("refused");
  });
});

describe("without sound from the server", () => {
  test("the browser speaks", () => {
    stage.socket.frame(start(1, { audio: "browser" }));
    expect(stage.spokenHere).toHaveLength(1);
    expect(stage.state.sounding).toBe(1);
  });

  test("the browser's own voice is cut off, and when it fell silent is not known", async () => {
    stage.socket.frame(start(1, { audio: "browser" }));
    stage.coach.interrupt(5);
    await Promise.resolve();
    await Promise.resolve();
    expect(stage.sent).toMatchObject([{ type: "interrupt", silentTs: null }]);
  });

  test("the browser speaks where it cannot play the server's sound", async () => {
    stage.port.start = () => Promise.reject(new TypeError("no worklet"));
    stage.coach.start();
    await vi.waitFor(() => expect(stage.state.unlocked).toBe(true));
    stage.socket.frame(start(1));
    stage.socket.frame({ type: "say.end", utteranceId: 1, outcome: "said" });
    expect(stage.spokenHere).toHaveLength(1);
    expect(stage.state.captions[0]?.state).toBe("saying");
  });

  test("the browser takes over a sentence that failed, unless it was cut", () => {
    stage.speak(1);
    stage.socket.frame({ type: "say.end", utteranceId: 1, outcome: "failed" });
    expect(stage.spokenHere).toHaveLength(1);
    stage.speak(2);
    stage.coach.interrupt(0);
    stage.socket.frame({ type: "say.end", utteranceId: 2, outcome: "failed" });
    expect(stage.spokenHere).toHaveLength(1);
  });

  test("a caption is shown", () => {
    stage.socket.frame(start(1, { audio: "none" }));
    stage.socket.frame({ type: "say.end", utteranceId: 1, outcome: "shown" });
    expect(stage.state.captions[0]).toMatchObject({ text: "SPY long, breakout, 512.34", state: "shown" });
    expect(stage.spokenHere).toEqual([]);
  });
});

test("silence lasts over a lost connection", () => {
  stage.coach.setQuiet(true, 0);
  stage.socket.phase("lost");
  stage.socket.phase("open");
  expect(stage.sent.filter((frame) => frame.type === "quiet")).toHaveLength(2);
});

test("numbers begin anew on a new connection", () => {
  stage.speak(7);
  stage.coach.interrupt(0);
  stage.socket.phase("lost");
  stage.socket.phase("open");
  stage.speak(1);
  expect(stage.played).toEqual([7, 1]);
  expect(stage.state.sounding).toBe(1);
});

test("a label given by voice reaches the cards; a refusal is shown", () => {
  const label = { id: "F1", label: "good", notes: "", outcomeKnown: false } as const;
  stage.socket.frame({ type: "labelled", signalId: "S1", label });
  expect(stage.labels).toEqual(["S1"]);
  stage.socket.frame({ type: "error", errors: [{ code: "invalid", detail: "Say good.", attr: "text" }] });
  expect(stage.state.problem).toBe("Say good.");
});

test("frames as they come over the line", () => {
  expect(decodeFrame('{"type":"from the future"}')).toBeNull();
  expect(decodeFrame('{"type":"quiet","quiet":true}')).toEqual({ type: "quiet", quiet: true });
  const buffer = new ArrayBuffer(12);
  const view = new DataView(buffer);
  view.setUint32(0, 7, true);
  view.setUint32(4, 22_050, true);
  view.setInt16(8, -5, true);
  expect(decodeSound(buffer)).toEqual({ utterance: 7, rate: 22_050, samples: Int16Array.of(-5, 0) });
  expect(decodeSound(new ArrayBuffer(4))).toBeNull();
});
