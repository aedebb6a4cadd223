import assert from 'node:assert/strict'
import { encodeFrame, StompError, type StompFrame, type StompVersion } from '../../src/wire/stomp/frame.ts'
import { FrameStream } from '../../src/wire/stomp/frame-stream.ts'
import { damaged } from './damage.ts'
import { target } from './target.ts'

/** CONNECTs of every version, and what may follow them. */
const connects = [
  'CONNECT\n\n\0',
  'CONNECT\naccept-version:1.1\nhost:/\n\n\0\n',
  'STOMP\r\naccept-version:1.0,1.1,1.2\r\nhost:a\\b\r\nlogin:u\r\npasscode:p\r\nheart-beat:0,5000\r\n\r\n\0\r\n',
]
const frames = [
  'SEND\ndestination:/queue/a\\cb\\n\\\\\n\nhello\0\n',
  'SEND\ndestination:/topic/a.b\ncontent-length:3\nx:1\nx:2\n\na\0b\0',
  'SUBSCRIBE\nid:0\ndestination:/exchange/x/%23\nack:client-individual\n\n\0\n\n',
  'ACK\nid:T_0@@session-a@@1\ntransaction:t\n\n\0',
  'BEGIN\ntransaction:t\n\n\0',
  'UNSUBSCRIBE\nid:0\n\n\0',
  'DISCONNECT\nreceipt:bye\n\n\0',
  '\n\n\r\n',
]

/** Whole conversations of a client, as a broker reads them. */
export const stompFrames = target<Buffer>({
  name: 'STOMP frames',
  maker: () => (chance) => {
    const sound = [chance.pick(connects), ...Array.from({ length: 3 }, () => chance.pick(frames))]
    const bytes = Buffer.from(sound.join(''))
    return chance.oneIn(8) ? bytes : damaged(bytes, chance)
  },
  read(input) {
    const limits = { headersMax: 20, headBytesMax: 4096, bodyBytesMax: 8192 }
    const stream = new FrameStream(limits)
    let count = 0
    const handler = {
      onFrame(frame: StompFrame) {
        assert.ok(frame.headers.length <= limits.headersMax && frame.body.length <= limits.bodyBytesMax)
        const accepted = frame.headers.find(([name]) => name === 'accept-version')?.[1]
        if (accepted !== undefined) stream.version = accepted.includes('1.2') ? '1.2' : '1.1'
        else if (frame.command !== 'CONNECT') assert.deepEqual(writtenAndRead(frame, stream.version), frame.headers)
        count++
      },
      onHeartBeat() {},
    }
    const cut = input.length === 0 ? 0 : (input[0]! * 257) % (input.length + 1)
    try {
      stream.push(input.subarray(0, cut), handler)
      stream.push(input.subarray(cut), handler)
    } catch (error) {
      if (error instanceof StompError) return false
      throw error
    }
    assert.ok(stream.keptBytes <= input.length)
    return count > 0
  },
})

/** What can be read of what was read, once it was written; what the version cannot say is left out on both sides. */
function writtenAndRead({ command, headers, body }: StompFrame, version: StompVersion): StompFrame['headers'] {
  if (version !== '1.2' || headers.some(([name, value]) => name === 'content-length' || /\0/.test(name + value))) {
    return headers
  }
  const stream = new FrameStream({ headersMax: 21, headBytesMax: 16_384, bodyBytesMax: 8192 })
  stream.version = version
  let found: StompFrame['headers'] = []
  const handler = {
    onFrame(frame: StompFrame) {
      found = frame.headers
    },
    onHeartBeat() {},
  }
  stream.push(encodeFrame({ command, headers, body }, version), handler)
  return found.filter(([name]) => name !== 'content-length')
}
