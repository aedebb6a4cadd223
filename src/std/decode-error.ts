/** What was wrong with bytes from outside: their layout, their text, their nesting, or a method nobody knows. */
export type DecodeErrorKind = 'malformed' | 'malformed-utf8' | 'nested-too-deep' | 'unknown-method'

/** Bytes from outside that do not mean anything. Decoders throw nothing else. */
export class DecodeError extends Error {
  readonly kind: DecodeErrorKind

  constructor(kind: DecodeErrorKind, message: string) {
    super(message)
    this.kind = kind
  }
}
