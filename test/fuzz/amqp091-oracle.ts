import assert from 'node:assert/strict'
import { crc32 } from 'node:zlib'
import { DecodeError } from '../../src/std/decode-error.ts'
import { frameTypes } from '../../src/wire/amqp091/codes.ts'
import { ContentHeader, decodeContentHeader } from '../../src/wire/amqp091/content-header.ts'
import { FrameDecoder, FrameError, type FrameHandler } from '../../src/wire/amqp091/frame.ts'
import {
  AckFields,
  ackKey,
  decodeAck,
  decodePublish,
  PublishFields,
  publishKey,
} from '../../src/wire/amqp091/hot-methods.ts'
import { decodeMethod, type Method, methodSize, writeMethod } from '../../src/wire/amqp091/methods.gen.ts'
import type { Chance } from './chance.ts'

const payloadBytesMax = 8192 - 8

/**
 * Throws unless the decoders do with these bytes what they must do with any: end in frames, a `FrameError`
 * or `DecodeError`s; the same ones however the stream is cut; write again what they could read; and never
 * allocate more than the input accounts for.
 */
export function checkDecoding(bytes: Buffer, chance: Chance): void {
  const allocate = Buffer.allocUnsafeSlow
  const limit = 2 * bytes.length + 65536
  Buffer.allocUnsafeSlow = (size) => {
    assert.ok(size <= limit, `${size} bytes are allocated for an input of ${bytes.length}`)
    return allocate.call(Buffer, size)
  }
  try {
    const whole = eventsOf(bytes, () => bytes.length)
    const cut = eventsOf(bytes, () => 1 + chance.below(chance.oneIn(3) ? 8 : 400), chance)
    assert.deepEqual(cut, whole)
  } finally {
    Buffer.allocUnsafeSlow = allocate
  }
}

/** What happens with the stream, one line per frame or error, when it comes in chunks of these sizes. */
function eventsOf(bytes: Buffer, chunkSize: () => number, pauses?: Chance): string[] {
  const decoder = new FrameDecoder(payloadBytesMax)
  const events: string[] = []
  const handler: FrameHandler = {
    onFrame(type, channel, buffer, start, end) {
      const sum = crc32(buffer.subarray(start, end))
      events.push(`${type} ${channel} ${end - start} ${sum} ${outcome(type, buffer, start, end)}`)
      if (pauses?.oneIn(4)) decoder.pause()
    },
  }
  /** Goes on behind errors that do not lose the place, and behind pauses. */
  const settle = (first: () => void): void => {
    for (let step = first; ; step = () => decoder.resume(handler)) {
      try {
        step()
        if (!decoder.paused) return
      } catch (error) {
        if (!(error instanceof FrameError)) throw error
        events.push(error.message)
      }
    }
  }
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + chunkSize())
    // A copy that is destroyed afterwards shows any frame that points into an old chunk.
    const chunk = Buffer.from(bytes.subarray(at, end))
    settle(() => decoder.push(chunk, 0, chunk.length, handler))
    chunk.fill(0xfe)
    at = end
  }
  events.push(`${decoder.keptBytes} bytes kept`)
  return events
}

function outcome(type: number, buffer: Buffer, start: number, end: number): string {
  switch (type) {
    case frameTypes.method:
      return methodOutcome(buffer, start, end)
    case frameTypes.header:
      return attempt(() => {
        const header = new ContentHeader()
        decodeContentHeader(buffer, start, end, header)
        assert.equal(header.propertiesEnd, end)
        return `${header.classId} ${header.bodySize}`
      })
    default:
      return ''
  }
}

/** What `decode` answers, or the kind of its `DecodeError`; any other error passes. */
function attempt(decode: () => string): string {
  try {
    return decode()
  } catch (error) {
    if (error instanceof DecodeError) return error.kind
    throw error
  }
}

function methodOutcome(buffer: Buffer, start: number, end: number): string {
  const result = attempt(() => {
    const method = decodeMethod(buffer, start, end)
    checkRewriting(method)
    return method.name
  })
  const key = buffer.readUInt32BE(start)
  if (key === publishKey)
    assert.equal(
      attempt(() => quickPublish(buffer, start, end)),
      result,
    )
  if (key === ackKey)
    assert.equal(
      attempt(() => quickAck(buffer, start, end)),
      result,
    )
  return result
}

function encode(method: Method): Buffer {
  const bytes = Buffer.alloc(methodSize(method))
  assert.equal(writeMethod(bytes, 0, method), bytes.length)
  return bytes
}

/** Reserved fields, unused bits and booleans are made uniform when written, so bytes are compared from then on. */
function checkRewriting(method: Method): void {
  const bytes = encode(withSafeTag(method))
  assert.deepEqual(encode(decodeMethod(bytes, 0, bytes.length)), bytes)
}

/** Tags beyond 2^53 are read but never written. */
function withSafeTag(method: Method): Method {
  if (!('deliveryTag' in method) || method.deliveryTag <= Number.MAX_SAFE_INTEGER) return method
  return { ...method, deliveryTag: 0 }
}

function quickPublish(buffer: Buffer, start: number, end: number): string {
  const fields = new PublishFields()
  decodePublish(buffer, start, end, fields)
  assert.equal(fields.addressStart, start + 6)
  assert.equal(fields.addressEnd, end - 1)
  return 'basic.publish'
}

function quickAck(buffer: Buffer, start: number, end: number): string {
  decodeAck(buffer, start, end, new AckFields())
  return 'basic.ack'
}
