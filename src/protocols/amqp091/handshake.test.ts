import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../broker/fault.ts'
import { readResponse } from './sasl.ts'
import { defaultAmqp091Settings } from './settings.ts'
import { negotiate } from './tuning.ts'

const plain = (text: string) => () => readResponse('PLAIN', Buffer.from(text), defaultAmqp091Settings)

test('a PLAIN response names user and password', () => {
  assert.deepEqual(plain('\0guest\0secret')(), { user: 'guest', password: 'secret' })
  assert.deepEqual(plain('\0ö\0')(), { user: 'ö', password: '' })
})

test('a PLAIN response of any other form is refused', () => {
  for (const text of ['', '\0', 'guest', '\0guest', 'as\0guest\0secret', '\0a\0b\0c']) {
    assert.throws(plain(text), (error) => error instanceof Fault && error.kind === 'syntax-error', JSON.stringify(text))
  }
})

test('an AMQPLAIN response is a table without its length', () => {
  const bytes = Buffer.from('\x05LOGINS\0\0\0\x05guest\x08PASSWORDS\0\0\0\x06secret', 'latin1')
  const read = (response: Buffer) => readResponse('AMQPLAIN', response, defaultAmqp091Settings)
  assert.deepEqual(read(bytes), { user: 'guest', password: 'secret' })
  for (const cut of [0, 1, 10, bytes.length - 1]) assert.throws(() => read(bytes.subarray(0, cut)), Fault)
})

test('ANONYMOUS logs in as whom the settings say, unless they say nobody', () => {
  const settings = { ...defaultAmqp091Settings, anonymousUser: 'nobody', anonymousPassword: 'x' }
  assert.deepEqual(readResponse('ANONYMOUS', Buffer.from('whatever'), settings), { user: 'nobody', password: 'x' })
  const off = { ...defaultAmqp091Settings, anonymousUser: undefined }
  assert.throws(() => readResponse('ANONYMOUS', Buffer.alloc(0), off), {
    message: "unknown authentication mechanism 'ANONYMOUS'",
  })
})

const tunings: [frameMax: number, channelMax: number, complaint: string | undefined][] = [
  [131072, 2047, undefined],
  [4096, 1, undefined],
  [4095, 10, 'negotiated frame_max = 4095 is lower than the minimum allowed value (4096)'],
  [131073, 10, 'negotiated frame_max = 131073 is higher than the maximum allowed value (131072)'],
  [0, 10, 'negotiated frame_max = 0 (no limit) is higher than the maximum allowed value (131072)'],
  [8192, 2048, 'negotiated channel_max = 2048 is higher than the maximum allowed value (2047)'],
  [8192, 0, 'negotiated channel_max = 0 (no limit) is higher than the maximum allowed value (2047)'],
]

for (const [frameMax, channelMax, complaint] of tunings) {
  test(`frame_max ${frameMax} and channel_max ${channelMax} are ${complaint === undefined ? 'taken' : 'refused'}`, () => {
    const tune = () =>
      negotiate({ name: 'connection.tune-ok', frameMax, channelMax, heartbeat: 30 }, defaultAmqp091Settings)
    if (complaint === undefined) assert.deepEqual(tune(), { frameMax, channelMax, heartbeatSeconds: 30 })
    else assert.throws(tune, { message: complaint })
  })
}
