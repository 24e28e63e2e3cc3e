/** What an AudioWorklet's module sees; TypeScript's DOM library does not describe it. */
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}

declare const sampleRate: number;
/** Seconds of the context at the start of the block being made. */
declare const currentTime: number;

declare function registerProcessor(name: string, make: new () => AudioWorkletProcessor): void;
