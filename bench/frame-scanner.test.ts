import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeMethod, encodePublish, Method } from './amqp-encoding.ts'
import { FrameScanner } from './frame-scanner.ts'

const stream = Buffer.concat([
  encodePublish({ queue: 'q', bodySize: 40, persistent: true, frameMax: 24 }).bytes,
  encodeMethod(1, Method.basicAck, [{ u64: 7 }, { u8: 1 }]),
  encodePublish({ queue: 'q', bodySize: 0, persistent: false, frameMax: 4096 }).bytes,
])

function framesOf(chunks: readonly Buffer[]): string[] {
  const frames: string[] = []
  const scanner = new FrameScanner((type, bytes, offset, size) => {
    frames.push(`${type} ${bytes.toString('hex', offset, offset + size)}`)
  })
  for (const chunk of chunks) scanner.feed(chunk, chunk.length)
  return frames
}

test('a publish is cut into a method, a header and bodies no larger than frame_max', () => {
  const kinds = framesOf([stream]).map((frame) => frame[0])
  assert.deepEqual(kinds, ['1', '2', '3', '3', '3', '1', '1', '2'])
})

test('frames are the same wherever the stream is cut', () => {
  const whole = framesOf([stream])
  for (let cut = 0; cut <= stream.length; cut++) {
    assert.deepEqual(framesOf([stream.subarray(0, cut), stream.subarray(cut)]), whole, `cut at ${cut}`)
  }
  assert.deepEqual(framesOf(Array.from(stream, (byte) => Buffer.of(byte))), whole)
})
