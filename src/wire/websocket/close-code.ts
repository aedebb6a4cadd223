/** Why a WebSocket is closed (RFC 6455 §7.4.1). */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  invalidPayload: 1007,
  messageTooBig: 1009,
} as const
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode]

/** Whether a peer may send that code: those that stand for the lack of one, and those nobody has defined, it may not. */
export function isSendableCode(code: number): boolean {
  if (code >= 3000) return code <= 4999
  return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)
}

/** A peer's bytes that are no WebSocket frames, or too many of them. Decoders throw nothing else. */
export class WebSocketError extends Error {
  readonly code: CloseCode

  constructor(code: CloseCode, message: string) {
    super(message)
    this.code = code
  }
}
