/** What a frame is (RFC 6455 §5.2). From 8 on they are control frames. */
export const Opcode = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const
