/**
 * The event-stream format, fed in arbitrary pieces. Read by hand because EventSource hides what a
 * trader must know: heartbeat comments (is the line alive?) and the status of a refused request.
 */
export interface SseEvent {
  name: string;
  data: string;
  id: string | null;
}

export interface SseHandlers {
  event: (event: SseEvent) => void;
  retry?: (ms: number) => void;
}

export class SseParser {
  private buffer = "";
  private name = "";
  private data: string[] = [];
  private id: string | null = null;

  constructor(private readonly handlers: SseHandlers) {}

  push(chunk: string): void {
    this.buffer += chunk;
    let end = this.lineEnd();
    while (end !== null) {
      const line = this.buffer.slice(0, end.at);
      this.buffer = this.buffer.slice(end.at + end.length);
      this.line(line);
      end = this.lineEnd();
    }
  }

  private lineEnd(): { at: number; length: number } | null {
    const at = this.buffer.search(/[\r\n]/);
    if (at < 0) return null;
    const cr = this.buffer[at] === "\r";
    if (cr && at + 1 === this.buffer.length) return null; // a \n may still follow
    return { at, length: cr && this.buffer[at + 1] === "\n" ? 2 : 1 };
  }

  private line(line: string): void {
    if (line === "") {
      this.dispatch();
      return;
    }
    if (line.startsWith(":")) return;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.name = value;
    else if (field === "data") this.data.push(value);
    else if (field === "id") this.id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.handlers.retry?.(Number(value));
  }

  private dispatch(): void {
    if (this.data.length > 0) {
      this.handlers.event({ name: this.name || "message", data: this.data.join("\n"), id: this.id });
    }
    this.name = "";
    this.data = [];
  }
}
