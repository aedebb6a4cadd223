import { ReasonCode } from './reason-codes.ts'

/** A packet against the rules. Decoders throw nothing else; MQTT 5 tells the peer `reason` in DISCONNECT or CONNACK. */
export class PacketError extends Error {
  readonly reason: ReasonCode

  constructor(reason: ReasonCode, message: string) {
    super(message)
    this.reason = reason
  }
}

/** Bytes that do not have the form of a packet. */
export function malformed(message: string): PacketError {
  return new PacketError(ReasonCode.malformedPacket, message)
}

/** A packet of good form that may not come now, or not with these values. */
export function protocolError(message: string): PacketError {
  return new PacketError(ReasonCode.protocolError, message)
}
