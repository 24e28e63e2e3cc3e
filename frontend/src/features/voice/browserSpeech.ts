/** The browser's own voice, for a server without a synthesizer. */
export class BrowserSpeech {
  constructor(private readonly onDone: (utterance: number) => void) {}

  static get available(): boolean {
    return "speechSynthesis" in window;
  }

  say(utterance: number, text: string, rate: number, volume: number): void {
    const speech = new SpeechSynthesisUtterance(text);
    speech.lang = "en-US";
    speech.rate = rate;
    speech.volume = volume;
    speech.onend = speech.onerror = () => this.onDone(utterance);
    window.speechSynthesis.speak(speech);
  }

  /** Stops at once. */
  stop(): void {
    if (BrowserSpeech.available) window.speechSynthesis.cancel();
  }
}
