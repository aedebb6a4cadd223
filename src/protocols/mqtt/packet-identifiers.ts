/** Packet identifiers are 1 to this. */
const IDENTIFIER_MAX = 0xffff

/**
 * The identifier of a delivery: it follows from the message's place in the client's own queue, so that the same message
 * has the same identifier after a reconnect and after a crash, without a note of it. `isTaken` says which are in use.
 */
export function packetIdentifierFor(
  sequence: number | undefined,
  isTaken: (packetIdentifier: number) => boolean,
): number | undefined {
  if (sequence !== undefined) {
    const own = ((sequence - 1) % IDENTIFIER_MAX) + 1
    if (!isTaken(own)) return own
  }
  // A client that leaves one unanswered for 65,535 others, or a queue that several share: any that is free, from the top.
  for (let free = IDENTIFIER_MAX; free > 0; free--) if (!isTaken(free)) return free
  return undefined
}
