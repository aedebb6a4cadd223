import { Opcode } from './opcode.ts'

const FIN = 0x80

/** What goes before the payload of a message that a server sends in one frame: unmasked, so the payload follows as it is. */
export function messageHeader(opcode: number, size: number): Buffer {
  if (size < 126) return Buffer.from([FIN | opcode, size])
  if (size < 0x1_0000) return Buffer.from([FIN | opcode, 126, size >> 8, size & 0xff])
  const header = Buffer.alloc(10)
  header[0] = FIN | opcode
  header[1] = 127
  header.writeUInt32BE(Math.floor(size / 2 ** 32), 2)
  header.writeUInt32BE(size >>> 0, 6)
  return header
}

/** The answer to a ping: the same payload. */
export function pong(payload: Buffer): Buffer {
  return Buffer.concat([messageHeader(Opcode.pong, payload.length), payload])
}

/** A close frame; without a code where the peer gave none. */
export function close(code: number | undefined): Buffer {
  if (code === undefined) return messageHeader(Opcode.close, 0)
  return Buffer.concat([messageHeader(Opcode.close, 2), Buffer.from([code >> 8, code & 0xff])])
}
