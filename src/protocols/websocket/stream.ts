import { isUtf8 } from 'node:buffer'
import { Duplex } from 'node:stream'
import { CloseCode, WebSocketError } from '../../wire/websocket/close-code.ts'
import { type FrameHandler, FrameReader } from '../../wire/websocket/frame-reader.ts'
import { close, messageHeader, pong } from '../../wire/websocket/frame-writer.ts'
import { Opcode } from '../../wire/websocket/opcode.ts'

/** What a WebSocket takes and gives. */
export interface WebSocketForm {
  /** Text messages are taken. */
  readonly takesText: boolean
  /** What is UTF-8 goes out as text. */
  readonly givesText: boolean
  /** Largest message. */
  readonly messageBytesMax: number
}

/** Who has to know when a WebSocket is gone. */
export interface WebSocketKeeper {
  onGone(webSocket: WebSocketStream): void
}

type Written = (error?: Error | null) => void

/**
 * An accepted WebSocket as the stream of bytes that heads read and write: each write is a message, and messages that
 * come are bytes as they arrive. Nothing is gathered; a head that reads no more stops the socket.
 */
export class WebSocketStream extends Duplex implements FrameHandler {
  readonly #socket: Duplex
  readonly #reader: FrameReader
  readonly #givesText: boolean
  readonly #keeper: WebSocketKeeper
  #closeSent = false
  /** Something came since the last look, which was then. */
  #heard = true
  #heardAt = 0

  constructor(socket: Duplex, form: WebSocketForm, keeper: WebSocketKeeper) {
    super({ allowHalfOpen: false })
    const { takesText, givesText, messageBytesMax } = form
    this.#keeper = keeper
    this.#socket = socket
    this.#reader = new FrameReader({ text: takesText, messageBytesMax })
    this.#givesText = givesText
    const target = socket as Carrier
    target[streamKey] = this
    target.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
  }

  /** What came together with the request. */
  begin(head: Buffer): void {
    if (head.length > 0) this.onBytes(head)
    this.#socket.resume()
  }

  /** Milliseconds for which nothing came, as far as those who look now and then can tell. */
  idleFor(now: number): number {
    if (this.#heard) this.#heardAt = now
    this.#heard = false
    return now - this.#heardAt
  }

  /** Says goodbye by `code` and ends. */
  closeFor(code: CloseCode): void {
    this.#sendClose(code)
    this.destroy()
  }

  onBytes(chunk: Buffer): void {
    if (this.destroyed) return
    this.#heard = true
    try {
      this.#reader.push(chunk, this)
    } catch (error) {
      this.#sendClose(error instanceof WebSocketError ? error.code : CloseCode.protocolError)
      this.destroy(error as Error)
    }
  }

  onPayload(bytes: Buffer): void {
    if (this.destroyed || this.readableEnded) return
    if (!this.push(bytes)) this.#socket.pause()
  }

  onPing(payload: Buffer): void {
    if (!this.#closeSent && this.#socket.writable) this.#socket.write(pong(payload))
  }

  onClose(code: number | undefined): void {
    this.#sendClose(code)
    this.#socket.end()
    this.onEnd()
  }

  /** The peer sends no more. */
  onEnd(): void {
    if (!this.destroyed) this.push(null)
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: Written): void {
    this.#send([chunk], chunk.length, written)
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], written: Written): void {
    const pieces = chunks.map(({ chunk }) => chunk)
    const size = pieces.reduce((sum, { length }) => sum + length, 0)
    this.#send(pieces, size, written)
  }

  /** The head has said all: the peer answers the close, or the head loses its patience. */
  override _final(done: Written): void {
    this.#sendClose(CloseCode.normal)
    done()
  }

  override _destroy(error: Error | null, done: Written): void {
    this.#sendClose(CloseCode.normal)
    this.#socket.destroy()
    this.#keeper.onGone(this)
    done(error)
  }

  #send(pieces: readonly Buffer[], size: number, written: Written): void {
    const socket = this.#socket
    if (this.#closeSent || !socket.writable) return written()
    const isText = this.#givesText && pieces.every((piece) => isUtf8(piece))
    socket.cork()
    socket.write(messageHeader(isText ? Opcode.text : Opcode.binary, size))
    pieces.forEach((piece, index) => {
      if (index < pieces.length - 1) socket.write(piece)
      else socket.write(piece, written)
    })
    socket.uncork()
  }

  #sendClose(code: number | undefined): void {
    if (this.#closeSent) return
    this.#closeSent = true
    if (this.#socket.writable) this.#socket.write(close(code))
  }
}

const streamKey = Symbol('websocket')

/** A socket with what rides on it, so that all sockets share the listeners below. */
type Carrier = Duplex & { [streamKey]: WebSocketStream }

function onData(this: Duplex, chunk: Buffer): void {
  ;(this as Carrier)[streamKey].onBytes(chunk)
}

function onEnd(this: Duplex): void {
  ;(this as Carrier)[streamKey].onEnd()
}

function onError(this: Duplex, error: Error): void {
  ;(this as Carrier)[streamKey].destroy(error)
}

function onClose(this: Duplex): void {
  ;(this as Carrier)[streamKey].destroy()
}
