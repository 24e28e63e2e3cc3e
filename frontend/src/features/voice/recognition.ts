/** One spoken command through the browser's SpeechRecognition, where there is one. */
interface RecognitionResult {
  results: ArrayLike<ArrayLike<{ transcript: string }>>;
}

interface Recognition {
  lang: string;
  interimResults: boolean;
  maxAlternatives: number;
  onresult: ((event: RecognitionResult) => void) | null;
  onerror: ((event: { error: string }) => void) | null;
  onend: (() => void) | null;
  start: () => void;
  abort: () => void;
}

type Maker = new () => Recognition;

function maker(): Maker | null {
  const scope = window as { SpeechRecognition?: Maker; webkitSpeechRecognition?: Maker };
  return scope.SpeechRecognition ?? scope.webkitSpeechRecognition ?? null;
}

export const recognitionAvailable = (): boolean => maker() !== null;

export interface RecognitionEvents {
  heard: (text: string) => void;
  problem: (error: string) => void;
  done: () => void;
}

/** Listens for one command; returns how to give up. */
export function recognise(events: RecognitionEvents): () => void {
  const Made = maker();
  if (Made === null) throw new Error("This browser does not recognise speech.");
  const recognition = new Made();
  recognition.lang = "en-US";
  recognition.interimResults = false;
  recognition.maxAlternatives = 1;
  recognition.onresult = (event) => {
    const text = event.results[0]?.[0]?.transcript.trim();
    if (text) events.heard(text);
  };
  recognition.onerror = (event) => events.problem(event.error);
  recognition.onend = () => events.done();
  recognition.start();
  return () => recognition.abort();
}
