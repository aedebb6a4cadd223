import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../broker/fault.ts'
import type { SaslMechanism, SocketPeer } from '../../plugin.ts'
import { offeredMechanisms, readResponse, type SaslContext } from './sasl.ts'
import { defaultAmqp091Settings } from './settings.ts'
import { negotiate } from './tuning.ts'

const peer: SocketPeer = {
  remoteAddress: '10.0.0.1',
  remotePort: 1,
  localAddress: '10.0.0.2',
  localPort: 5672,
  loopback: false,
  tls: undefined,
}
const context = (settings = defaultAmqp091Settings): SaslContext => ({ settings, mechanisms: new Map(), peer })
const plain = (text: string) => () => readResponse('PLAIN', Buffer.from(text), context())

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
  const read = (response: Buffer) => readResponse('AMQPLAIN', response, context())
  assert.deepEqual(read(bytes), { user: 'guest', password: 'secret' })
  for (const cut of [0, 1, 10, bytes.length - 1]) assert.throws(() => read(bytes.subarray(0, cut)), Fault)
})

test('ANONYMOUS logs in as whom the settings say, unless they say nobody', () => {
  const settings = { ...defaultAmqp091Settings, anonymousUser: 'nobody', anonymousPassword: 'x' }
  assert.deepEqual(readResponse('ANONYMOUS', Buffer.from('whatever'), context(settings)), {
    user: 'nobody',
    password: 'x',
  })
  const off = { ...defaultAmqp091Settings, anonymousUser: undefined }
  assert.throws(() => readResponse('ANONYMOUS', Buffer.alloc(0), context(off)), {
    message: "unknown authentication mechanism 'ANONYMOUS'",
  })
})

test('a mechanism of a plug-in is offered where the settings name it and it wants to be', () => {
  const external: SaslMechanism = {
    name: 'EXTERNAL',
    isOffered: ({ remoteAddress }) => remoteAddress === '10.0.0.1',
    credentials: (response) => ({ user: response.toString(), password: undefined }),
  }
  const mechanisms = new Map([['EXTERNAL', external]])
  const settings = { ...defaultAmqp091Settings, authMechanisms: ['EXTERNAL', 'PLAIN', 'ANONYMOUS', 'KERBEROS'] }
  const offered = { settings, mechanisms, peer }
  assert.deepEqual(offeredMechanisms(offered), ['EXTERNAL', 'PLAIN', 'ANONYMOUS'])
  assert.deepEqual(readResponse('EXTERNAL', Buffer.from('ann'), offered), { user: 'ann', password: undefined })
  const other = { ...offered, peer: { ...peer, remoteAddress: '10.0.0.9' } }
  assert.deepEqual(offeredMechanisms(other), ['PLAIN', 'ANONYMOUS'])
  assert.throws(() => readResponse('EXTERNAL', Buffer.from('ann'), other), /unknown authentication mechanism/)
  assert.deepEqual(offeredMechanisms({ ...offered, settings: defaultAmqp091Settings }).includes('EXTERNAL'), false)
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
