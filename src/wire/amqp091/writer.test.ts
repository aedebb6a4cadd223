import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { methods } from '../../../test/fuzz/methods.ts'
import { text } from '../../../test/fuzz/text.ts'
import { BlockPool } from '../../std/block-pool.ts'
import { shortstr } from './fields.ts'
import { FrameDecoder } from './frame.ts'
import { decodeMethod, type Method } from './methods.gen.ts'
import { FrameWriter } from './writer.ts'

interface Frame {
  readonly type: number
  readonly channel: number
  readonly payload: Buffer
}

function taken(writer: FrameWriter): Buffer {
  const size = writer.size
  const pieces = writer.take()
  const bytes = Buffer.concat(pieces)
  assert.equal(bytes.length, size)
  assert.equal(writer.size, 0)
  writer.giveBack(pieces)
  return bytes
}

function framesOf(bytes: Buffer): Frame[] {
  const frames: Frame[] = []
  const decoder = new FrameDecoder(Number.POSITIVE_INFINITY)
  decoder.push(bytes, 0, bytes.length, {
    onFrame(type, channel, buffer, start, end) {
      frames.push({ type, channel, payload: Buffer.from(buffer.subarray(start, end)) })
    },
  })
  assert.equal(decoder.keptBytes, 0)
  return frames
}

function methodsIn(writer: FrameWriter): (readonly [channel: number, method: Method])[] {
  return framesOf(taken(writer)).map(({ channel, payload }) => [channel, decodeMethod(payload, 0, payload.length)])
}

const address = Buffer.concat([shortstr('amq.topic'), shortstr('a.b')])

describe('methods', () => {
  test('go out as frames in order, in any number', () => {
    const writer = new FrameWriter()
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(65535), methods), { maxLength: 60 }), (written) => {
        for (const [channel, method] of written) writer.method(channel, method)
        assert.deepEqual(methodsIn(writer), written)
      }),
    )
  })

  test('that cannot be written leave nothing behind', () => {
    const writer = new FrameWriter()
    writer.method(1, { name: 'channel.close-ok' })
    assert.throws(() => writer.method(1, { name: 'basic.consume-ok', consumerTag: 'x'.repeat(256) }), RangeError)
    writer.heartbeat()
    assert.deepEqual(framesOf(taken(writer)), [
      { type: 1, channel: 1, payload: Buffer.from([0, 20, 0, 41]) },
      { type: 8, channel: 0, payload: Buffer.alloc(0) },
    ])
  })

  test('written the quick way are the same as those written the ordinary way', () => {
    const tag = fc.maxSafeNat()
    const flags = fc.tuple(fc.boolean(), fc.boolean())
    const texts = text({ maxLength: 60 })
    fc.assert(
      fc.property(fc.nat(65535), tag, flags, texts, texts, texts, (channel, deliveryTag, [a, b], one, two, three) => {
        const quick = new FrameWriter()
        const ordinary = new FrameWriter()
        const where = Buffer.concat([shortstr(two), shortstr(three)])
        const content = { deliveryTag, redelivered: a, exchange: two, routingKey: three }
        quick.deliver(channel, shortstr(one), deliveryTag, a, where)
        ordinary.method(channel, { name: 'basic.deliver', consumerTag: one, ...content })
        quick.getOk(channel, deliveryTag, a, where, 4_000_000_000)
        ordinary.method(channel, { name: 'basic.get-ok', ...content, messageCount: 4_000_000_000 })
        quick.basicAck(channel, deliveryTag, b)
        ordinary.method(channel, { name: 'basic.ack', deliveryTag, multiple: b })
        quick.basicNack(channel, deliveryTag, b)
        ordinary.method(channel, { name: 'basic.nack', deliveryTag, multiple: b, requeue: false })
        assert.deepEqual(taken(quick), taken(ordinary))
      }),
    )
  })
})

describe('content', () => {
  const properties = Buffer.from([0x10, 0x00, 2])

  test('is a header and a body in frames no larger than allowed', () => {
    const body = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251))
    const message = Buffer.concat([Buffer.from('....'), properties, body, Buffer.from('....')])
    for (const frameMax of [0, 4096, 16_391, 16_392, 16_393, 50_008, 131_072]) {
      const writer = new FrameWriter()
      writer.content(9, message, 4, properties.length, body.length, frameMax)
      const [header, ...rest] = framesOf(taken(writer))
      assert.equal(header!.type, 2)
      assert.equal(header!.payload.toString('hex'), '003c0000' + '00000000000186a0' + '100002')
      assert.ok(rest.every((frame) => frame.type === 3 && frame.channel === 9))
      assert.ok(rest.every((frame) => frameMax === 0 || frame.payload.length <= frameMax - 8))
      assert.equal(rest.length, frameMax === 0 ? 1 : Math.ceil(body.length / (frameMax - 8)))
      assert.deepEqual(Buffer.concat(rest.map((frame) => frame.payload)), body)
    }
  })

  test('without a body has no body frame', () => {
    const writer = new FrameWriter()
    writer.content(1, properties, 0, 3, 0, 4096)
    assert.equal(framesOf(taken(writer)).length, 1)
  })

  test('of 16 KiB and more goes out without being copied, smaller content in one piece', () => {
    const large = Buffer.alloc(16_384, 1)
    const writer = new FrameWriter()
    writer.body(1, large, 0, large.length, 0)
    const pieces = writer.take()
    assert.deepEqual(
      pieces.map((piece) => piece.buffer === large.buffer),
      [false, true, false],
    )
    writer.body(1, large, 1, large.length, 0)
    assert.equal(writer.take().length, 1)
  })

  test('mixed with methods stays in order, over blocks of any fill', () => {
    const sizes = fc.array(fc.oneof(fc.nat(300), fc.nat(20_000), fc.nat(300_000)), { maxLength: 12 })
    const writer = new FrameWriter()
    fc.assert(
      fc.property(sizes, (bodies) => {
        const expected: Frame[] = []
        for (const [i, size] of bodies.entries()) {
          const body = Buffer.alloc(size, i + 1)
          writer.deliver(i, shortstr('tag'), i, false, address)
          writer.body(i, body, 0, size, 131_072)
          for (let at = 0; at < size; at += 131_064) {
            expected.push({ type: 3, channel: i, payload: body.subarray(at, at + 131_064) })
          }
        }
        const frames = framesOf(taken(writer))
        assert.equal(frames.filter((frame) => frame.type === 1).length, bodies.length)
        assert.deepEqual(
          frames.filter((frame) => frame.type === 3),
          expected,
        )
      }),
      { numRuns: 60 },
    )
  })

  test('made elsewhere is passed on', () => {
    const writer = new FrameWriter()
    writer.raw(Buffer.from('..AMQP..'), 2, 6)
    writer.raw(Buffer.alloc(1_000_000, 0x2e))
    assert.equal(taken(writer).toString('latin1', 0, 6), 'AMQP..')
  })
})

describe('memory', () => {
  test('is held only while there is output', () => {
    const pool = new BlockPool()
    const writer = new FrameWriter(pool)
    writer.heartbeat()
    const pieces = writer.take()
    assert.equal(pieces[0]!.buffer.byteLength, 4096)
    assert.equal(pool.freeBytes, 0)
    writer.giveBack(pieces)
    assert.equal(pool.freeBytes, 4096)
    assert.deepEqual(writer.take(), [])
  })

  test('of one turn tells how much the next will need', () => {
    const writer = new FrameWriter(new BlockPool())
    const fill = (count: number) => {
      for (let i = 0; i < count; i++) writer.deliver(1, shortstr('tag'), i, false, address)
      return writer.take()
    }
    assert.ok(fill(3000).length <= 2)
    assert.equal(fill(3000).length, 1)
    assert.equal(fill(1)[0]!.buffer.byteLength, 256 * 1024)
    assert.equal(fill(1)[0]!.buffer.byteLength, 4096)
  })

  test('of taken pieces is not written again before it is given back', () => {
    const writer = new FrameWriter(new BlockPool())
    writer.method(1, { name: 'connection.blocked', reason: 'first' })
    const first = writer.take()
    const copy = Buffer.concat(first)
    writer.method(1, { name: 'connection.blocked', reason: 'second' })
    assert.deepEqual(Buffer.concat(first), copy)
    writer.giveBack(first)
    writer.giveBack(first)
    writer.heartbeat()
    const pieces = writer.take()
    assert.equal(Buffer.concat(pieces).indexOf('second') > 0, true)
  })
})
