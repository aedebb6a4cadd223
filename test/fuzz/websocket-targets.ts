import assert from 'node:assert/strict'
import { WebSocketError } from '../../src/wire/websocket/close-code.ts'
import { FrameReader } from '../../src/wire/websocket/frame-reader.ts'
import { damaged } from './damage.ts'
import { target } from './target.ts'

/** A masked frame. */
function frame(first: number, payload: string): Buffer {
  const bytes = Buffer.from(payload)
  const size = bytes.length < 126 ? [0x80 | bytes.length] : [0xfe, bytes.length >> 8, bytes.length & 0xff]
  return Buffer.concat([Buffer.from([first, ...size, 0, 0, 0, 0]), bytes])
}

const sound = [
  frame(0x82, 'binary'),
  frame(0x81, 'text ü'),
  Buffer.concat([frame(0x01, 'begun '), frame(0x89, 'ping'), frame(0x80, 'ended')]),
  frame(0x82, 'long '.repeat(40)),
  frame(0x8a, ''),
  frame(0x88, '\u0003è'),
  frame(0x88, ''),
]

/** What a client sends once its WebSocket is granted. */
export const webSocketFrames = target<Buffer>({
  name: 'WebSocket frames',
  maker: () => (chance) => {
    const bytes = Buffer.concat(Array.from({ length: 4 }, () => chance.pick(sound)))
    return chance.oneIn(8) ? bytes : damaged(bytes, chance)
  },
  read(input) {
    const reader = new FrameReader({ text: true, messageBytesMax: 4096 })
    let bytes = 0
    let closed = false
    const handler = {
      onPayload(piece: Buffer) {
        assert.ok(!closed)
        bytes += piece.length
      },
      onPing: (payload: Buffer) => assert.ok(payload.length <= 125),
      onClose() {
        closed = true
      },
    }
    const cut = input.length === 0 ? 0 : (input[0]! * 257) % (input.length + 1)
    try {
      // What is read is unmasked in place.
      reader.push(Buffer.from(input.subarray(0, cut)), handler)
      reader.push(Buffer.from(input.subarray(cut)), handler)
    } catch (error) {
      if (error instanceof WebSocketError) return false
      throw error
    }
    assert.ok(reader.keptBytes <= 131 && bytes <= input.length)
    return bytes > 0 || closed
  },
})
