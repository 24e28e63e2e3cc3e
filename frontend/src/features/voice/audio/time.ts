/** When a moment of an audio context is heard, by `performance.now()`. */
export function performanceTime(context: AudioContext, contextSeconds: number): number {
  const stamp = context.getOutputTimestamp();
  if (stamp.contextTime !== undefined && stamp.performanceTime !== undefined && stamp.performanceTime > 0) {
    return stamp.performanceTime + (contextSeconds - stamp.contextTime) * 1000;
  }
  const latency = context.outputLatency || context.baseLatency;
  return performance.now() + (contextSeconds - context.currentTime + latency) * 1000;
}
