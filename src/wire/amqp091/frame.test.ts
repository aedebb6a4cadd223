import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { FrameDecoder, FrameError, type FrameErrorKind, type FrameHandler } from './frame.ts'

interface Frame {
  readonly type: number
  readonly channel: number
  readonly payload: Buffer
}

function encode({ type, channel, payload }: Frame): Buffer {
  const head = Buffer.alloc(7)
  head[0] = type
  head.writeUInt16BE(channel, 1)
  head.writeUInt32BE(payload.length, 3)
  return Buffer.concat([head, payload, Buffer.from([0xce])])
}

/** Remembers the frames; `then` may interfere. */
class Collector implements FrameHandler {
  readonly frames: Frame[] = []
  readonly #then: (frame: Frame) => void

  constructor(then: (frame: Frame) => void = () => {}) {
    this.#then = then
  }

  onFrame(type: number, channel: number, buffer: Buffer, start: number, end: number): void {
    const frame = { type, channel, payload: Buffer.from(buffer.subarray(start, end)) }
    this.frames.push(frame)
    this.#then(frame)
  }
}

function push(decoder: FrameDecoder, bytes: Buffer, handler: FrameHandler): void {
  // A chunk is reused by whoever reads the socket, so nothing may point into it afterwards.
  const chunk = Buffer.concat([Buffer.from('..'), bytes, Buffer.from('..')])
  try {
    decoder.push(chunk, 2, 2 + bytes.length, handler)
  } finally {
    chunk.fill(0x2e)
  }
}

const frames = fc.array(
  fc.record(
    {
      type: fc.constantFrom(1, 2, 3),
      channel: fc.nat(65535),
      payload: fc.uint8Array({ minLength: 12, maxLength: 60 }).map((array) => Buffer.from(array)),
    },
    { noNullPrototype: true },
  ),
  { minLength: 1, maxLength: 6 },
)

const three: readonly Frame[] = [
  { type: 1, channel: 1, payload: Buffer.from('\x00\x3c\x00\x28 publish') },
  { type: 8, channel: 0, payload: Buffer.alloc(0) },
  { type: 3, channel: 65535, payload: Buffer.alloc(300, 0xce) },
]
const stream = Buffer.concat(three.map(encode))

describe('frames', () => {
  test('come out whole when the stream is cut at any one place', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const decoder = new FrameDecoder(1000)
      const collector = new Collector()
      push(decoder, stream.subarray(0, cut), collector)
      push(decoder, stream.subarray(cut), collector)
      assert.deepEqual(collector.frames, three)
      assert.equal(decoder.keptBytes, 0)
    }
  })

  test('come out whole when the stream comes octet by octet', () => {
    const decoder = new FrameDecoder(1000)
    const collector = new Collector()
    for (const byte of stream) push(decoder, Buffer.from([byte]), collector)
    assert.deepEqual(collector.frames, three)
  })

  test('come out whole however the stream is cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sent, sizes) => {
        const bytes = Buffer.concat(sent.map(encode))
        const decoder = new FrameDecoder(60)
        const collector = new Collector()
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length]!
          push(decoder, bytes.subarray(at, at + size), collector)
          at += size
        }
        assert.deepEqual(collector.frames, sent)
      }),
      { numRuns: 300 },
    )
  })

  test('come out at once and in place when they are whole', () => {
    const decoder = new FrameDecoder(1000)
    const buffers: Buffer[] = []
    decoder.push(stream, 0, stream.length, { onFrame: (_type, _channel, buffer) => buffers.push(buffer) })
    assert.deepEqual(
      buffers.map((buffer) => buffer === stream),
      [true, true, true],
    )
  })
})

describe('a pause', () => {
  test('after any frame keeps the rest for later, cut at any place', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const decoder = new FrameDecoder(1000)
      const collector = new Collector(() => decoder.pause())
      push(decoder, stream.subarray(0, cut), collector)
      const early = collector.frames.length
      assert.ok(early <= 1)
      push(decoder, stream.subarray(cut), collector)
      if (early === 1) assert.equal(collector.frames.length, 1)
      while (collector.frames.length < 3) {
        const before = collector.frames.length
        assert.equal(decoder.paused, true)
        decoder.resume(collector)
        assert.equal(collector.frames.length, before + 1)
      }
      assert.deepEqual(collector.frames, three)
      assert.equal(decoder.keptBytes, 0)
    }
  })

  test('taken back by the same handler changes nothing', () => {
    const decoder = new FrameDecoder(1000)
    const collector: Collector = new Collector(() => {
      decoder.pause()
      decoder.resume(collector)
    })
    push(decoder, stream, collector)
    assert.deepEqual(collector.frames, three)
  })
})

describe('a handler that throws', () => {
  test('gets the frames behind the one it threw at next', () => {
    const decoder = new FrameDecoder(1000)
    let thrown = false
    const collector = new Collector(() => {
      if (thrown) return
      thrown = true
      throw new Error('first')
    })
    assert.throws(() => push(decoder, stream.subarray(0, -5), collector), /first/)
    assert.equal(collector.frames.length, 1)
    push(decoder, stream.subarray(-5), collector)
    assert.deepEqual(collector.frames, three)
  })

  test('by pushing again is told that it may not', () => {
    const decoder = new FrameDecoder(1000)
    const collector: Collector = new Collector(() => decoder.push(stream, 0, stream.length, collector))
    assert.throws(() => push(decoder, stream, collector), /within a frame handler/)
  })
})

describe('bad frames', () => {
  function refuses(bytes: Buffer, kind: FrameErrorKind, message: string): FrameDecoder {
    let decoder = new FrameDecoder(131064)
    for (let cut = 0; cut <= Math.min(bytes.length, 40); cut++) {
      decoder = new FrameDecoder(131064)
      const collector = new Collector()
      assert.throws(
        () => {
          push(decoder, bytes.subarray(0, cut), collector)
          push(decoder, bytes.subarray(cut), collector)
        },
        (error) => error instanceof FrameError && error.kind === kind && error.message === message,
      )
      assert.deepEqual(collector.frames, [])
    }
    return decoder
  }

  // The texts are those RabbitMQ 3.10.8 answered to the same bytes.
  test('of unknown types are told', () => {
    const payload = Buffer.from('hello')
    refuses(
      encode({ type: 7, channel: 1, payload }),
      'unknown_frame',
      'type 7, all octets = <<"hello">>: unknown_frame',
    )
  })

  test('that are heartbeats with something in them are told', () => {
    const payload = Buffer.from('hello world, a long text')
    const message = 'type 8, first 16 octets = <<"hello world, a l">>: unknown_frame'
    refuses(encode({ type: 8, channel: 0, payload }), 'unknown_frame', message)
  })

  test('too short for their type are told', () => {
    const method = { type: 1, channel: 1, payload: Buffer.from([0, 60]) }
    refuses(encode(method), 'unknown_frame', 'type 1, all octets = <<0,60>>: unknown_frame')
    const header = { type: 2, channel: 1, payload: Buffer.from([0, 60]) }
    refuses(encode(header), 'unknown_frame', 'type 2, all octets = <<0,60>>: unknown_frame')
  })

  test('without the right end are told, and nothing behind them is read', () => {
    const bytes = encode({ type: 1, channel: 1, payload: Buffer.from([0, 60, 0, 10]) })
    bytes[bytes.length - 1] = 205
    const message = 'type 1, all octets = <<0,60,0,10>>: {invalid_frame_end_marker,205}'
    const decoder = refuses(bytes, 'invalid_frame_end_marker', message)
    const collector = new Collector()
    push(decoder, stream, collector)
    assert.deepEqual(collector.frames, [])
    assert.equal(decoder.keptBytes, 0)
  })

  test('larger than negotiated are told from their first seven octets, with eight octets of slack', () => {
    const head = Buffer.from([3, 0, 1, 0, 0, 0, 0])
    for (const size of [131073, 2 ** 31, 2 ** 32 - 1]) {
      head.writeUInt32BE(size, 3)
      refuses(head, 'frame_too_large', `type 3, all octets = <<>>: {frame_too_large,${size},131064}`)
    }
    const collector = new Collector()
    push(new FrameDecoder(131064), encode({ type: 3, channel: 1, payload: Buffer.alloc(131072) }), collector)
    assert.equal(collector.frames.length, 1)
  })

  test('of an unknown type do not lose the place', () => {
    const decoder = new FrameDecoder(1000)
    const collector = new Collector()
    const bytes = Buffer.concat([encode({ type: 7, channel: 1, payload: Buffer.from('hello') }), stream])
    assert.throws(() => push(decoder, bytes, collector), FrameError)
    push(decoder, Buffer.alloc(0), collector)
    assert.deepEqual(collector.frames, three)
  })
})

describe('memory', () => {
  test('takes no more for a split frame than the frame', () => {
    const allocate = Buffer.allocUnsafeSlow
    let largest = 0
    Buffer.allocUnsafeSlow = (size) => {
      largest = Math.max(largest, size)
      return allocate.call(Buffer, size)
    }
    try {
      const decoder = new FrameDecoder(131_064)
      const whole = Buffer.concat([
        Buffer.from([3, 0, 1, 0, 1, 0xff, 0xf8]),
        Buffer.alloc(131_064),
        Buffer.from([0xce]),
      ])
      let got = 0
      const handler = { onFrame: () => got++ }
      for (let at = 0; at < whole.length; at += 5000)
        decoder.push(whole, at, Math.min(at + 5000, whole.length), handler)
      assert.equal(got, 1)
      assert.equal(largest, whole.length)
    } finally {
      Buffer.allocUnsafeSlow = allocate
    }
  })

  test('grows with what came, not with what was announced', () => {
    const decoder = new FrameDecoder(2 ** 31)
    const before = process.memoryUsage().arrayBuffers
    push(decoder, Buffer.from([3, 0, 1, 0x7f, 0xff, 0xff, 0xff, 1, 2, 3]), new Collector())
    assert.ok(process.memoryUsage().arrayBuffers - before < 65536)
    assert.equal(decoder.keptBytes, 10)
  })

  test('is forgotten on demand', () => {
    const decoder = new FrameDecoder(1000)
    push(decoder, stream.subarray(0, 10), new Collector())
    decoder.clear()
    const collector = new Collector()
    push(decoder, stream, collector)
    assert.deepEqual(collector.frames, three)
  })
})
