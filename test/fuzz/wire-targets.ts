import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decodeProperties, rewriteProperties, validateProperties } from '../../src/broker/properties.ts'
import { DecodeError } from '../../src/std/decode-error.ts'
import { decodeTable, decodeTableInPlace, encodeTable } from '../../src/std/table-codec.ts'
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
import { decodeMethod } from '../../src/wire/amqp091/methods.gen.ts'
import { decodeProxyHeader } from '../../src/wire/proxy/header.ts'
import type { Chance } from './chance.ts'
import { damaged } from './damage.ts'
import { Sessions } from './sessions.ts'
import { tables } from './table-values.ts'
import { target } from './target.ts'

/** True unless reading was refused in the one way that decoders may. */
function accepted(read: () => void): boolean {
  try {
    read()
    return true
  } catch (error) {
    if (error instanceof DecodeError) return false
    throw error
  }
}

const payloadBytesMax = 131_072 - 8

export const frames = target<Buffer>({
  name: 'frame',
  maker: (seed) => {
    const sessions = new Sessions(seed)
    return (chance) => sessions.stream(chance)
  },
  read(input) {
    let seen = 0
    const handler: FrameHandler = {
      onFrame(_type, channel, buffer, start, end) {
        assert.ok(channel <= 0xffff && start >= 0 && start <= end && end < buffer.length)
        seen += end - start + 8
      },
    }
    const decoder = new FrameDecoder(payloadBytesMax)
    const cut = input.length === 0 ? 0 : (input[0]! * 257) % (input.length + 1)
    try {
      decoder.push(input, 0, cut, handler)
      decoder.push(input, cut, input.length, handler)
    } catch (error) {
      if (error instanceof FrameError) return false
      throw error
    }
    assert.equal(seen + decoder.keptBytes, input.length)
    return true
  },
})

export const methods = target<Buffer>({
  name: 'method',
  maker: (seed) => {
    const sessions = new Sessions(seed)
    return (chance) => sessions.payload(frameTypes.method, chance)
  },
  read(input) {
    // The frame decoder hands on no method without its ids.
    if (input.length < 4) return false
    const key = input.readUInt32BE(0)
    const whole = accepted(() => decodeMethod(input, 0, input.length))
    if (key === publishKey) {
      const quick = accepted(() => decodePublish(input, 0, input.length, new PublishFields()))
      assert.equal(quick, whole)
    }
    if (key === ackKey)
      assert.equal(
        accepted(() => decodeAck(input, 0, input.length, new AckFields())),
        whole,
      )
    return whole
  },
})

export const fieldTables = target<Buffer>({
  name: 'table',
  maker: (seed) => {
    const sound = fc.sample(tables, { seed, numRuns: 500 }).map(encodeTable)
    return (chance) => damagedOrNot(chance.pick(sound), chance)
  },
  read: (input) =>
    accepted(() => {
      const table = decodeTable(input, 0, input.length)
      decodeTableInPlace(input, 0, input.length)
      // Booleans have many spellings; all else goes out as it came in.
      assert.equal(encodeTable(table).length, input.length)
    }),
})

export const contentHeaders = target<Buffer>({
  name: 'content header',
  maker: (seed) => {
    const sessions = new Sessions(seed)
    return (chance) => sessions.payload(frameTypes.header, chance)
  },
  read(input) {
    if (input.length < 12) return false
    const header = new ContentHeader()
    if (!accepted(() => decodeContentHeader(input, 0, input.length, header))) return false
    const { propertiesStart, propertiesEnd } = header
    // Strings are looked at later than the rest, and by whoever asks.
    if (!accepted(() => validateProperties(input, propertiesStart, propertiesEnd))) return false
    const properties = decodeProperties(input, propertiesStart, propertiesEnd)
    const rewritten = rewriteProperties(input.subarray(propertiesStart, propertiesEnd), { expiration: '1' })
    assert.equal(decodeProperties(rewritten, 0, rewritten.length).headers?.length, properties.headers?.length)
    return true
  },
})

const proxied = [
  Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.2 40000 5672\r\n'),
  Buffer.from('PROXY TCP6 2001:db8::1 2001:db8::2 40000 5672\r\n'),
  Buffer.from('PROXY UNKNOWN\r\n'),
  Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000201c63364029c401628', 'hex'),
  Buffer.from('0d0a0d0a000d0a515549540a2000000f', 'hex'),
]

export const proxyHeaders = target<Buffer>({
  name: 'PROXY header',
  maker: () => (chance) => damagedOrNot(chance.pick(proxied), chance),
  read: (input) => {
    let complete = false
    const good = accepted(() => {
      const header = decodeProxyHeader(input)
      complete = header !== undefined
      if (header !== undefined) assert.ok(header.size <= input.length)
    })
    return good && complete
  },
})

function damagedOrNot(bytes: Buffer, chance: Chance): Buffer {
  return bytes.length > 0 && !chance.oneIn(8) ? damaged(bytes, chance) : bytes
}
