import { useEffect, useRef, useState, type RefObject } from "react";

export interface Canvas {
  ref: RefObject<HTMLCanvasElement | null>;
  /** In CSS pixels; 0 until it is laid out. */
  width: number;
}

/** A canvas as wide as its place and as sharp as the screen; painted anew whenever `paint` changes. */
export function useCanvas(height: number, paint: (context: CanvasRenderingContext2D, width: number) => void): Canvas {
  const ref = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const canvas = ref.current;
    const place = canvas?.parentElement;
    if (!place) return undefined;
    const observer = new ResizeObserver(() => setWidth(place.clientWidth));
    observer.observe(place);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const canvas = ref.current;
    const context = width > 0 ? canvas?.getContext("2d") : null;
    if (!canvas || !context) return undefined;
    const frame = requestAnimationFrame(() => {
      const ratio = window.devicePixelRatio;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      paint(context, width);
    });
    return () => cancelAnimationFrame(frame);
  }, [width, height, paint]);
  return { ref, width };
}
