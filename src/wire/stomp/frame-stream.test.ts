import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  encodeFrame,
  type OutgoingFrame,
  StompError,
  type StompFrame,
  type StompVersion,
  unescapeHeader,
} from './frame.ts'
import { FrameStream } from './frame-stream.ts'

const limits = { headersMax: 10, headBytesMax: 200, bodyBytesMax: 1000 }

/** What comes out of `bytes`, in chunks of `size`; CONNECT makes it STOMP 1.2. */
function readAll(bytes: Buffer, size = bytes.length, version: StompVersion = '1.0') {
  const stream = new FrameStream(limits)
  stream.version = version
  const frames: unknown[] = []
  let heartBeats = 0
  const handler = {
    onFrame({ command, headers, body }: StompFrame) {
      if (command === 'CONNECT') stream.version = '1.2'
      frames.push([command, Object.fromEntries(headers), body.toString()])
    },
    onHeartBeat() {
      heartBeats++
    },
  }
  for (let at = 0; at < bytes.length; at += size) stream.push(bytes.subarray(at, at + size), handler)
  return { frames, heartBeats, kept: stream.keptBytes }
}

test('frames come out whole, however they are cut into chunks', () => {
  const send: OutgoingFrame = {
    command: 'SEND',
    headers: [
      ['destination', '/queue/a:b\n\\c'],
      ['x', 'y\r'],
    ],
    body: Buffer.from('a\0b'),
  }
  const bytes = Buffer.concat([
    Buffer.from('CONNECT\r\naccept-version:1.2\r\nhost:a\\b\r\npasscode: x \r\n\r\n\0\n\r\n'),
    encodeFrame(send, '1.2'),
    Buffer.from('SEND\ndestination:/q\n\nno length\0\n'),
  ])
  for (const size of [1, 2, 5, 1000]) {
    assert.deepEqual(readAll(bytes, size), {
      frames: [
        ['CONNECT', { 'accept-version': '1.2', host: 'a\\b', passcode: ' x ' }, ''],
        ['SEND', { destination: '/queue/a:b\n\\c', x: 'y\r', 'content-length': '3' }, 'a\0b'],
        ['SEND', { destination: '/q' }, 'no length'],
      ],
      heartBeats: 4,
      kept: 0,
    })
  }
})

test('STOMP 1.0 knows no escapes, and lets blanks stand around headers', () => {
  const { frames } = readAll(Buffer.from('SEND\ndestination: /queue/a\\n \n\n\0'))
  assert.deepEqual(frames, [['SEND', { destination: '/queue/a\\n' }, '']])
})

test('escapes are those of the version', () => {
  assert.equal(unescapeHeader('a\\n\\c\\\\', '1.1'), 'a\n:\\')
  assert.equal(unescapeHeader('\\r', '1.2'), '\r')
  for (const [text, version] of [
    ['\\r', '1.1'],
    ['\\t', '1.2'],
    ['\\', '1.2'],
  ] as const) {
    assert.throws(() => unescapeHeader(text, version), StompError)
  }
})

test('what is against the rules, or too large, is refused before it is kept', () => {
  const rows: [string, RegExp][] = [
    ['send\n\n\0', /begins with no command/],
    ['SEND\nnothing\n\n\0', /no colon/],
    ['SEND\ncontent-length:x\n\n\0', /no number/],
    ['SEND\ncontent-length:1001\n\n', /body is too long/],
    ['SEND\ncontent-length:1\n\nab\0', /longer than its content-length/],
    [`SEND\n\n${'x'.repeat(1001)}`, /body is too long/],
    [`SEND\nx:${'x'.repeat(200)}`, /headers are too long/],
    [`SEND\n${'a:b\n'.repeat(11)}\n\0`, /too many headers/],
    ['\rSEND', /carriage return/],
  ]
  for (const [text, reason] of rows) assert.throws(() => readAll(Buffer.from(text)), reason, text)
  assert.throws(() => readAll(Buffer.from([0x53, 0x0a, 0xff, 0x3a, 0x0a, 0x0a, 0])), /not UTF-8/)
})

test('a frame behind a pause waits for the end of it', () => {
  const stream = new FrameStream(limits)
  const seen: string[] = []
  const handler = {
    onFrame({ command }: StompFrame) {
      seen.push(command)
      stream.pause()
    },
    onHeartBeat() {},
  }
  stream.push(Buffer.from('A\n\n\0B\n\n\0'), handler)
  assert.deepEqual(seen, ['A'])
  stream.resume(handler)
  assert.deepEqual(seen, ['A', 'B'])
})
