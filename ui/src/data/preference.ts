import { effect, type Signal, signal } from '@preact/signals'

/** A signal whose value this browser remembers. What is stored and no longer makes sense gives way to `otherwise`. */
export function preference<T>(
  name: string,
  otherwise: T,
  isValid: (value: unknown) => boolean = () => true,
): Signal<T> {
  const key = `lapine.${name}`
  const kept = signal<T>(read(key, otherwise, isValid))
  effect(() => {
    try {
      localStorage.setItem(key, JSON.stringify(kept.value))
    } catch {
      // A browser that keeps nothing still shows everything.
    }
  })
  return kept
}

function read<T>(key: string, otherwise: T, isValid: (value: unknown) => boolean): T {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
    return stored !== null && isValid(stored) ? (stored as T) : otherwise
  } catch {
    return otherwise
  }
}
