import { useSyncExternalStore } from "react";

/** A value outside React that components can follow. */
export interface Store<T> {
  get(): T;
  set(next: T): void;
  follow(listener: () => void): () => void;
}

export function store<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      value = next;
      for (const listener of listeners) listener();
    },
    follow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<T>(of: Store<T>): T {
  return useSyncExternalStore(of.follow, of.get);
}

/** A value that the browser keeps. What cannot be kept, or read, costs the convenience alone. */
export function keptStore<T>(key: string, initial: T): Store<T> {
  const name = `invoice-bridge.${key}`;
  let first = initial;
  try {
    const text = localStorage.getItem(name);
    if (text !== null) first = JSON.parse(text) as T;
  } catch {
    first = initial;
  }
  const kept = store(first);
  return {
    ...kept,
    set(next) {
      try {
        localStorage.setItem(name, JSON.stringify(next));
      } catch {
        // A full or forbidden store keeps nothing.
      }
      kept.set(next);
    },
  };
}
