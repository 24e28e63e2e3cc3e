/** The coach in this tab: what it says, what it is told, and how it falls silent. */
import type { AlertLabel } from "@/shared/api/types";
import { createStore, type Store } from "@/shared/lib/store";

import type { Heard } from "./audio/onset";
import type { Segment } from "./audio/queue";
import type { ClientFrame, SayEnd, SayStart, SentenceKind, ServerFrame, Sound } from "./frames";
import type { SocketEvents, SocketPhase } from "./socket";

export interface Caption {
  key: string;
  kind: SentenceKind;
  text: string;
  signalId: string | null;
  state: "saying" | "said" | "cut" | "shown";
}

export interface VoiceState {
  phase: SocketPhase;
  /** null: the browser's own voice. */
  synthesizer: string | null;
  captions: readonly Caption[];
  /** The utterance that sounds now. */
  sounding: number | null;
  quiet: boolean;
  /** Whether the browser lets sound out; it waits for a click or a key. */
  unlocked: boolean;
  microphone: "off" | "asking" | "on" | "refused";
  muted: readonly { symbol: string; until: string }[];
  problem: string | null;
}

export interface PlayerPort {
  readonly running: boolean;
  start: () => Promise<void>;
  resume: () => Promise<void>;
  setVolume: (volume: number) => void;
  play: (segment: Segment) => void;
  end: (utterance: number) => void;
  duck: () => void;
  unduck: () => void;
  stop: () => Promise<number>;
  close: () => void;
}

export interface BrowserVoicePort {
  say: (utterance: number, text: string, rate: number, volume: number) => void;
  stop: () => void;
}

export interface SocketPort {
  open: () => void;
  send: (frame: ClientFrame) => boolean;
  close: () => void;
}

export interface MicrophonePort {
  start: () => Promise<void>;
  speaking: (speaking: boolean) => void;
  stop: () => void;
}

/** What the coach stands on; the browser's own in the page, others in tests. */
export interface VoicePorts {
  player: (events: { playing: (utterance: number) => void; finished: (utterance: number) => void }) => PlayerPort;
  browserVoice: (done: (utterance: number) => void) => BrowserVoicePort | null;
  socket: (events: SocketEvents) => SocketPort;
  microphone: (heard: (heard: Heard, since: number) => void) => MicrophonePort;
  labelled: (signalId: string, label: AlertLabel) => void;
}

const CAPTIONS = 6;

export const SILENT_STATE: VoiceState = {
  phase: "connecting",
  synthesizer: null,
  captions: [],
  sounding: null,
  quiet: false,
  unlocked: false,
  microphone: "off",
  muted: [],
  problem: null,
};

export class VoiceCoach {
  readonly state: Store<VoiceState> = createStore(SILENT_STATE);
  private readonly player: PlayerPort;
  private readonly browserVoice: BrowserVoicePort | null;
  private readonly socket: SocketPort;
  private microphone: MicrophonePort | null = null;
  /** Sound of this utterance and of those before it is not played any more. */
  private cutUpTo = 0;
  private lastStarted = 0;
  private readonly starts = new Map<number, SayStart>();
  private readonly withSound = new Set<number>();
  private connection = 0;
  private volume = 1;
  /** This browser cannot play the server's sound; its own voice speaks. */
  private deaf = false;
  /** The utterance that the browser's own voice says; when it falls silent cannot be known. */
  private saidHere: number | null = null;

  constructor(private readonly ports: VoicePorts) {
    this.player = ports.player({
      playing: (utterance) => this.sounds(utterance),
      finished: (utterance) => this.falls(utterance),
    });
    this.browserVoice = ports.browserVoice((utterance) => this.falls(utterance));
    this.socket = ports.socket({
      frame: (frame) => this.take(frame),
      sound: (sound) => this.hear(sound),
      phase: (phase) => this.turn(phase),
    });
  }

  start(): void {
    this.socket.open();
    this.player.start().then(
      () => this.checkUnlocked(),
      // No AudioWorklet: a page over plain HTTP from another machine, or an old browser.
      () => {
        this.deaf = true;
        this.set({ unlocked: true });
      },
    );
  }

  close(): void {
    this.socket.close();
    this.microphone?.stop();
    this.browserVoice?.stop();
    this.player.close();
  }

  /** Call from a click or a key: browsers keep sound locked until then. */
  async unlock(): Promise<void> {
    await this.player.resume();
    this.checkUnlocked();
  }

  setVolume(volume: number): void {
    this.volume = volume;
    this.player.setVolume(volume);
  }

  // --- What the trader does ---------------------------------------------------------------------

  /** Silence, now. `onset` (performance.now) is when the trader began to cut in. */
  interrupt(onset: number): void {
    const id = this.lastStarted;
    if (id === 0 || id <= this.cutUpTo) return;
    this.cutUpTo = id;
    const { sounding } = this.state.get();
    const timed = sounding !== null && sounding !== this.saidHere;
    const frame = { type: "interrupt", utteranceId: id, onsetTs: epoch(onset), silentTs: null } as const;
    this.socket.send(frame);
    this.browserVoice?.stop();
    const { connection } = this;
    void this.player.stop().then((silent) => {
      if (!timed || !this.player.running || connection !== this.connection) return;
      this.socket.send({ ...frame, silentTs: epoch(Math.max(silent, onset)) });
    });
    this.hush();
  }

  setQuiet(quiet: boolean, at: number): void {
    if (quiet) this.interrupt(at);
    this.set({ quiet });
    this.socket.send({ type: "quiet", quiet });
  }

  command(text: string): void {
    this.ask({ type: "command", text, signalId: null });
  }

  explain(signalId: string): void {
    this.ask({ type: "explain", signalId });
  }

  unmute(symbol: string): void {
    this.ask({ type: "mute", symbol, minutes: 0 });
  }

  sample(): void {
    this.ask({ type: "sample" });
  }

  /** Listens for the trader's voice, or stops listening. */
  async listen(on: boolean): Promise<void> {
    this.microphone?.stop();
    this.microphone = null;
    if (!on) {
      this.set({ microphone: "off" });
      return;
    }
    const microphone = this.ports.microphone((heard, since) => this.voiceHeard(heard, since));
    this.microphone = microphone;
    this.set({ microphone: "asking" });
    try {
      await microphone.start();
    } catch {
      microphone.stop();
      if (this.microphone === microphone) this.set({ microphone: "refused" });
      return;
    }
    if (this.microphone === microphone) this.set({ microphone: "on" });
  }

  private voiceHeard(heard: Heard, since: number): void {
    if (heard === "over") this.player.unduck();
    if (this.state.get().sounding === null) return;
    if (heard === "maybe") this.player.duck();
    else if (heard === "onset") this.interrupt(since);
  }

  private ask(frame: ClientFrame): void {
    this.set({ problem: this.socket.send(frame) ? null : "The coach cannot be reached now." });
  }

  // --- What the server says ---------------------------------------------------------------------

  private turn(phase: SocketPhase): void {
    if (phase === "open") {
      this.connection += 1;
      this.lastStarted = this.cutUpTo = 0;
      this.saidHere = null;
      this.starts.clear();
      this.withSound.clear();
      if (this.state.get().quiet) this.socket.send({ type: "quiet", quiet: true });
    } else if (phase === "lost") {
      // What was begun will not be finished; half a sentence may mislead.
      this.browserVoice?.stop();
      void this.player.stop();
      this.hush();
    }
    this.set({ phase });
  }

  private take(frame: ServerFrame): void {
    switch (frame.type) {
      case "hello":
        this.set({ synthesizer: frame.synthesizer, muted: frame.muted, problem: null });
        return;
      case "say.start":
        this.begin(frame);
        return;
      case "say.end":
        this.finish(frame);
        return;
      case "muted":
        this.muted(frame.symbol, frame.until);
        return;
      case "labelled":
        this.ports.labelled(frame.signalId, frame.label);
        return;
      case "quiet":
        return;
      case "error":
        this.set({ problem: frame.errors[0]?.detail ?? "The coach did not understand." });
    }
  }

  private begin(frame: SayStart): void {
    if (frame.cuts) this.cut();
    this.lastStarted = frame.utteranceId;
    this.starts.set(frame.utteranceId, frame);
    const caption: Caption = {
      key: this.keyOf(frame.utteranceId),
      kind: frame.kind,
      text: frame.caption,
      signalId: frame.signalId,
      state: frame.audio === "none" ? "shown" : "saying",
    };
    this.set({ captions: [caption, ...this.state.get().captions].slice(0, CAPTIONS) });
    if (frame.audio === "browser" || (frame.audio === "pcm" && this.deaf)) this.speakHere(frame);
  }

  private cut(): void {
    this.cutUpTo = this.lastStarted;
    this.browserVoice?.stop();
    void this.player.stop();
    this.hush();
  }

  private hear(sound: Sound): void {
    if (sound.utterance <= this.cutUpTo || !this.player.running) return;
    this.withSound.add(sound.utterance);
    this.player.play(sound);
  }

  private finish(frame: SayEnd): void {
    const { utteranceId: id, outcome } = frame;
    const start = this.starts.get(id);
    this.starts.delete(id);
    if (id <= this.cutUpTo) return;
    if (outcome === "failed" && start && !this.deaf) {
      void this.player.stop();
      this.speakHere(start);
    } else if (this.withSound.delete(id)) this.player.end(id);
    else if (start?.audio === "pcm" && !this.deaf) this.mark(id, "shown");
  }

  private speakHere(start: SayStart): void {
    if (this.browserVoice === null) {
      this.mark(start.utteranceId, "shown");
      return;
    }
    this.saidHere = start.utteranceId;
    this.sounds(start.utteranceId);
    this.browserVoice.say(start.utteranceId, start.text, start.rate, this.volume);
  }

  private muted(symbol: string, until: string | null): void {
    const others = this.state.get().muted.filter((item) => item.symbol !== symbol);
    this.set({ muted: until === null ? others : [...others, { symbol, until }] });
  }

  // --- What is heard ----------------------------------------------------------------------------

  private sounds(utterance: number): void {
    if (utterance <= this.cutUpTo) return;
    this.microphone?.speaking(true);
    this.set({ sounding: utterance });
  }

  private falls(utterance: number): void {
    this.mark(utterance, "said");
    if (this.state.get().sounding !== utterance) return;
    this.microphone?.speaking(false);
    this.set({ sounding: null });
  }

  private hush(): void {
    this.microphone?.speaking(false);
    this.set({
      sounding: null,
      captions: this.state.get().captions.map((item) => (item.state === "saying" ? { ...item, state: "cut" } : item)),
    });
  }

  private mark(utterance: number, state: Caption["state"]): void {
    const key = this.keyOf(utterance);
    this.set({ captions: this.state.get().captions.map((item) => (item.key === key ? { ...item, state } : item)) });
  }

  private keyOf(utterance: number): string {
    return `${this.connection}-${utterance}`;
  }

  private checkUnlocked(): void {
    this.set({ unlocked: this.deaf || this.player.running });
  }

  private set(part: Partial<VoiceState>): void {
    this.state.set((old) => ({ ...old, ...part }));
  }
}

function epoch(performanceMs: number): number {
  return performance.timeOrigin + performanceMs;
}
