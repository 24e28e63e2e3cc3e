/** Waits, until one of the signals at the longest. */
export function pause(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const give = (): void => {
      clearTimeout(timer);
      resolve();
    };
    for (const signal of signals) signal.addEventListener("abort", give, { once: true });
  });
}
