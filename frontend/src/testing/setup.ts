import "@testing-library/jest-dom/vitest";

import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);
configure({ asyncUtilTimeout: 20_000 }); // a busy machine is no failure

// jsdom has no layout and no media queries; Mantine asks for both.
Object.defineProperty(window, "matchMedia", {
  writable: true,
  value: (query: string) => ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }),
});

class ResizeObserverStub implements ResizeObserver {
  observe(): void {
    /* no layout to observe */
  }
  unobserve(): void {
    /* no layout to observe */
  }
  disconnect(): void {
    /* no layout to observe */
  }
}
window.ResizeObserver = ResizeObserverStub;
Object.defineProperty(document, "fonts", { value: new EventTarget() }); // none is ever loaded
Element.prototype.scrollIntoView = () => undefined;
