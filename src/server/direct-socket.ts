import { Socket } from 'node:net'
import { type ByteReader, type ByteStream, byteReader } from '../protocols/byte-stream.ts'

/** The most that one read takes. */
const READ_BYTES = 256 * 1024

/** What Node keeps of a socket and has no name for to the outside. */
interface SocketParts {
  _handle: { useUserBuffer?: unknown } | null
  _server: unknown
}

/** A socket whose reads all go to one piece of memory, shared by the sockets of a listener. */
class DirectSocket extends Socket implements ByteStream {
  [byteReader]: ByteReader | undefined = undefined
}

/** Makes accepted sockets read into memory they share, where the system reads while it calls and not before. */
export class DirectSockets {
  readonly #onread = { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback: onRead }

  /**
   * The connection of a socket that was accepted in this turn, as a byte stream. `net.Server` makes no such sockets:
   * its own gives up its handle to another one. What Node does not let go of stays the socket it is.
   */
  from(accepted: Socket): Socket {
    const parts = accepted as unknown as SocketParts
    const handle = parts._handle
    // Windows is given the memory before there is something to read.
    if (process.platform === 'win32' || typeof handle?.useUserBuffer !== 'function') return accepted
    const options: object = { handle, allowHalfOpen: accepted.allowHalfOpen, onread: this.#onread }
    const socket = new DirectSocket(options)
    // The server counts it until it ends.
    ;(socket as unknown as SocketParts)._server = parts._server
    parts._handle = null
    parts._server = null
    return socket
  }
}

/** Shared by all sockets; Node calls it on the one that has read. */
function onRead(this: unknown, length: number, bytes: Uint8Array): boolean {
  const socket = this as DirectSocket
  socket[byteReader]?.onBytes(bytes as Buffer, 0, length)
  return true
}
