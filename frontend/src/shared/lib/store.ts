import { useMemo, useSyncExternalStore } from "react";

/** A value that changes outside React, readable by components and by the chart alike. */
export interface Store<T> {
  get: () => T;
  set: (next: T | ((previous: T) => T)) => void;
  subscribe: (listener: () => void) => () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      const made = typeof next === "function" ? (next as (previous: T) => T)(value) : next;
      if (Object.is(made, value)) return;
      value = made;
      for (const listener of [...listeners]) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** Whether two lists hold the same items in the same order. */
export function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => Object.is(item, b[index]));
}

function remembered<T, P>(select: (value: T) => P, same: (a: P, b: P) => boolean): (value: T) => P {
  let last: { value: T; part: P } | null = null;
  return (value) => {
    if (last !== null && Object.is(last.value, value)) return last.part;
    const part = select(value);
    last = { value, part: last !== null && same(last.part, part) ? last.part : part };
    return last.part;
  };
}

/** A part of a store's value. The component is drawn again when this part changes, not whenever the store does. */
export function usePart<T, P>(
  store: Store<T>,
  select: (value: T) => P,
  same: (a: P, b: P) => boolean = Object.is,
): P {
  const read = useMemo(() => remembered(select, same), [select, same]);
  return useSyncExternalStore(store.subscribe, () => read(store.get()));
}
