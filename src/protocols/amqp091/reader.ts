import type { Duplex } from 'node:stream'
import { type ByteReader, byteReader, isByteStream } from '../byte-stream.ts'

/** Who is told what comes from a stream. None of it may throw. */
export interface StreamReader extends ByteReader {
  /** The peer sends no more. */
  onEnd(): void
  /** The stream is gone, after an error if one is named. */
  onClose(error: Error | undefined): void
}

const readerKey = Symbol('reader')
const errorKey = Symbol('error')

/** A stream with its reader on it, so that all streams share the listeners below. */
type Read = Duplex & { [readerKey]: StreamReader; [errorKey]?: Error }

/** Starts reading `stream`. The listeners are shared: a connection costs no closure here. */
export function read(stream: Duplex, reader: StreamReader): void {
  const target = stream as Read
  target[readerKey] = reader
  target.on('end', onEnd)
  target.on('error', onError)
  target.on('close', onClose)
  if (isByteStream(stream)) {
    stream[byteReader] = reader
    stream.resume()
  } else target.on('data', onData)
}

function onData(this: Duplex, chunk: Buffer): void {
  ;(this as Read)[readerKey].onBytes(chunk, 0, chunk.length)
}

function onEnd(this: Duplex): void {
  ;(this as Read)[readerKey].onEnd()
}

function onError(this: Duplex, error: Error): void {
  ;(this as Read)[errorKey] = error
}

function onClose(this: Duplex): void {
  const target = this as Read
  target[readerKey].onClose(target[errorKey])
}
