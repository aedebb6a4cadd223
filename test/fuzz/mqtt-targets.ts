import assert from 'node:assert/strict'
import { readClientPacket } from '../../src/wire/mqtt/client-packets.ts'
import { PacketError } from '../../src/wire/mqtt/packet-error.ts'
import { PacketStream } from '../../src/wire/mqtt/packet-stream.ts'
import { type ProtocolLevel, packetTypeNumber } from '../../src/wire/mqtt/packet-type.ts'
import { PublishView, readPublish } from '../../src/wire/mqtt/publish.ts'
import { damaged } from './damage.ts'
import { target } from './target.ts'

/** CONNECTs of every version, and what may follow them. */
const connects = [
  '101000064d51497364700302003c000261620000',
  '101000044d51545404c2003c000163000175000170',
  '102a00044d51545405c6001e05110000000a000163051800000005000377 2f740004676f6e65000175000170',
]
const packets = [
  '820b0001000561 2f2b2f2302',
  '820d0005030bc8010005612f2b2f231e',
  'a2080006000003612f62',
  '300700036 12f626869',
  '340a0003612f6200070068 69',
  '320f0003612f62000905 23000301000068',
  '3026000161202600016b000176030001740800017209000163020000 000a010161626364656667',
  '400400091000',
  '62020009',
  '50020009',
  '70020009',
  'c000',
  'e00704051100000009',
  'e000',
  'f00618041500016d',
]

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex')
}

const PUBLISH = packetTypeNumber('publish')

/** Whole conversations of a client, as a broker reads them. */
export const mqttPackets = target<Buffer>({
  name: 'MQTT packets',
  maker: () => (chance) => {
    const sound = [chance.pick(connects), ...Array.from({ length: 3 }, () => chance.pick(packets))].map(bytesOf)
    const bytes = Buffer.concat(sound)
    return chance.oneIn(8) ? bytes : damaged(bytes, chance)
  },
  read(input) {
    const stream = new PacketStream(1 << 16)
    const view = new PublishView()
    let level: ProtocolLevel | undefined
    let count = 0
    const handler = {
      onPacket(type: number, flags: number, buffer: Buffer, start: number, end: number) {
        assert.ok(start <= end && end <= buffer.length)
        if (type === PUBLISH && level !== undefined) {
          readPublish({ buffer, flags, start, end }, level, view)
          assert.ok(view.topicEnd <= view.payloadStart && view.payloadStart <= view.payloadEnd)
        } else {
          const packet = readClientPacket({ type, flags, buffer, start, end }, level)
          if (packet.type === 'connect') level = packet.level
        }
        count++
      },
    }
    const cut = input.length === 0 ? 0 : (input[0]! * 257) % (input.length + 1)
    try {
      stream.push(input.subarray(0, cut), handler)
      stream.push(input.subarray(cut), handler)
    } catch (error) {
      if (error instanceof PacketError) return false
      throw error
    }
    assert.ok(stream.keptBytes <= input.length)
    return count > 0
  },
})
