import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { WebSocketError } from './close-code.ts'
import { FrameReader } from './frame-reader.ts'
import { close, messageHeader, pong } from './frame-writer.ts'

interface Frame {
  readonly first: number
  readonly payload: Buffer
}

/** A frame as a client writes it. */
function masked({ first, payload }: Frame, mask = Buffer.from([0x11, 0, 0xff, 0x42])): Buffer {
  const header = messageHeader(0, payload.length)
  header[0] = first
  header[1] = header[1]! | 0x80
  return Buffer.concat([header, mask, payload.map((byte, index) => byte ^ mask[index & 3]!)])
}

interface Read {
  readonly bytes: Buffer
  readonly pings: string[]
  readonly closed: number | undefined | 'open'
}

/** What a reader makes of chunks. */
function readAll(chunks: readonly Buffer[], options: { text?: boolean; messageBytesMax?: number } = {}): Read {
  const reader = new FrameReader({ text: true, messageBytesMax: 2 ** 40, ...options })
  const pieces: Buffer[] = []
  const pings: string[] = []
  let closed: number | undefined | 'open' = 'open'
  const handler = {
    onPayload: (bytes: Buffer) => pieces.push(Buffer.from(bytes)),
    onPing: (payload: Buffer) => pings.push(payload.toString()),
    onClose(code: number | undefined) {
      closed = code
    },
  }
  for (const chunk of chunks) {
    reader.push(Buffer.from(chunk), handler)
    assert.ok(reader.keptBytes <= 131)
  }
  return { bytes: Buffer.concat(pieces), pings, closed }
}

function refusalOf(bytes: Buffer, options: { text?: boolean; messageBytesMax?: number } = {}): number {
  try {
    readAll([bytes], options)
  } catch (error) {
    assert.ok(error instanceof WebSocketError)
    return error.code
  }
  throw new Error('it was taken')
}

const text = (value: string) => Buffer.from(value)
const large = (size: number) => {
  const bytes = masked({ first: 0x82, payload: Buffer.alloc(0) })
  return Buffer.concat([bytes.subarray(0, 1), Buffer.from([0xff]), size64(size), bytes.subarray(2)])
}

function size64(size: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(size))
  return bytes
}

describe('frames of a WebSocket client', () => {
  test('whatever the pieces they come in, their payload comes out, and control frames between', () => {
    const frames = fc.array(
      fc.record({
        kind: fc.constantFrom('binary', 'parts', 'ping', 'pong'),
        payload: fc.uint8Array({ maxLength: 125 }),
        repeat: fc.integer({ min: 1, max: 700 }),
      }),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(frames, fc.array(fc.nat(), { maxLength: 8 }), (list, cuts) => {
        const expected: Buffer[] = []
        const pings: string[] = []
        const bytes = list.flatMap(({ kind, payload, repeat }) => {
          const small = Buffer.from(payload)
          if (kind === 'ping' || kind === 'pong') {
            if (kind === 'ping') pings.push(small.toString())
            return [masked({ first: kind === 'ping' ? 0x89 : 0x8a, payload: small })]
          }
          const whole = Buffer.concat(Array.from({ length: repeat }, () => small))
          expected.push(whole)
          if (kind === 'binary') return [masked({ first: 0x82, payload: whole })]
          expected.push(small)
          return [masked({ first: 0x02, payload: whole }), masked({ first: 0x80, payload: small })]
        })
        const all = Buffer.concat(bytes)
        const places = [0, ...cuts.map((cut) => cut % (all.length + 1)), all.length].sort((one, other) => one - other)
        const chunks = places.slice(1).map((place, index) => all.subarray(places[index], place))
        const read = readAll(chunks)
        assert.deepEqual(read.bytes, Buffer.concat(expected))
        assert.deepEqual(read.pings, pings)
      }),
    )
  })

  test('what is against the rules is refused by its code', () => {
    const payload = text('x')
    const cases: readonly (readonly [name: string, code: number, bytes: Buffer])[] = [
      ['unmasked', 1002, Buffer.from([0x82, 1, 0x78])],
      ['reserved bits', 1002, masked({ first: 0xc2, payload })],
      ['an opcode nobody knows', 1002, masked({ first: 0x83, payload })],
      ['a control opcode nobody knows', 1002, masked({ first: 0x8b, payload })],
      ['a continuation of nothing', 1002, masked({ first: 0x80, payload })],
      [
        'a message within a message',
        1002,
        Buffer.concat([masked({ first: 0x02, payload }), masked({ first: 0x82, payload })]),
      ],
      ['a ping in parts', 1002, masked({ first: 0x09, payload })],
      ['a ping of 126 bytes', 1002, masked({ first: 0x89, payload: Buffer.alloc(126) })],
      ['a size longer than need be', 1002, large(125)],
      ['a size beyond what is counted', 1009, large(Number.MAX_SAFE_INTEGER + 1)],
      ['text that is none', 1007, masked({ first: 0x81, payload: Buffer.from([0xff]) })],
      ['text that ends within a character', 1007, masked({ first: 0x81, payload: text('ü').subarray(0, 1) })],
      ['a close code of one byte', 1002, masked({ first: 0x88, payload })],
      ['a close code that may not be sent', 1002, masked({ first: 0x88, payload: Buffer.from([0x03, 0xed]) })],
      ['a reason that is no text', 1007, masked({ first: 0x88, payload: Buffer.from([0x03, 0xe8, 0xff]) })],
    ]
    for (const [name, code, bytes] of cases) assert.equal(refusalOf(bytes), code, name)
  })

  test('text may be refused, and messages that are too long by what they declare', () => {
    assert.equal(refusalOf(masked({ first: 0x81, payload: text('x') }), { text: false }), 1003)
    assert.equal(refusalOf(large(70_000).subarray(0, 14), { messageBytesMax: 69_999 }), 1009)
    const parts = [masked({ first: 0x02, payload: Buffer.alloc(6) }), masked({ first: 0x80, payload: Buffer.alloc(5) })]
    assert.equal(refusalOf(Buffer.concat(parts), { messageBytesMax: 10 }), 1009)
  })

  test('characters of a text may be split over frames', () => {
    const [one, other] = [text('ü').subarray(0, 1), text('ü').subarray(1)]
    const read = readAll([masked({ first: 0x01, payload: one }), masked({ first: 0x80, payload: other })])
    assert.equal(read.bytes.toString(), 'ü')
  })

  test('nothing is read behind a close', () => {
    const bytes = Buffer.concat([masked({ first: 0x88, payload: Buffer.from([0x03, 0xe8]) }), Buffer.from('garbage')])
    assert.equal(readAll([bytes]).closed, 1000)
    assert.equal(readAll([masked({ first: 0x88, payload: Buffer.alloc(0) })]).closed, undefined)
  })

  test('a server writes the shortest header', () => {
    const header = (size: number) => messageHeader(2, size).toString('hex')
    assert.deepEqual([0, 125, 126, 65535, 65536, 2 ** 33].map(header), [
      '8200',
      '827d',
      '827e007e',
      '827effff',
      '827f0000000000010000',
      '827f0000000200000000',
    ])
    assert.equal(pong(text('a')).toString('hex'), '8a0161')
    assert.deepEqual(
      [close(1000), close(undefined)].map((frame) => frame.toString('hex')),
      ['880203e8', '8800'],
    )
  })
})
