import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Broker } from '../broker/broker.ts'
import type { ExchangeType } from '../broker/exchange-type.ts'
import type { Host, Node, Protocol } from '../plugin.ts'
import { silentLogger } from '../std/logger.ts'
import { type Installation, install, PluginHost } from './host.ts'

/** Notes what is asked of the broker, of plug-ins and of heads, in order. */
function setting() {
  const notes: string[] = []
  const broker = {
    addExchangeType: (type: ExchangeType) => notes.push(`+type ${type.name}`),
    removeExchangeType: (name: string) => notes.push(`-type ${name}`),
  } as unknown as Broker
  const plugin = (name: string, requires: string[], start?: (host: Host) => void): Installation => ({
    name,
    requires,
    start(host) {
      notes.push(`start ${name}`)
      host.onStop(() => {
        notes.push(`stop ${name}`)
      })
      start?.(host)
    },
  })
  const protocol = (name: string): Protocol => ({
    name,
    connectionCount: 0,
    connections: () => [],
    accept() {},
    async close(reason) {
      notes.push(`close ${name}: ${reason}`)
    },
  })
  return { notes, host: new PluginHost(broker, silentLogger, {} as Node), plugin, protocol }
}

test('what is required starts first and stops last', async () => {
  const { notes, host, plugin } = setting()
  await host.start([plugin('c', ['b']), plugin('b', ['a']), plugin('a', [])])
  assert.deepEqual(host.started, ['a', 'b', 'c'])
  await host.stop()
  assert.deepEqual(notes, ['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a'])
})

test('a requirement that is missing, or that goes in a circle, is refused', async () => {
  const { host, plugin } = setting()
  await assert.rejects(host.start([plugin('a', ['x'])]), { message: 'plug-in a requires x, which is not there' })
  await assert.rejects(host.start([plugin('a', ['b']), plugin('b', ['a'])]), {
    message: 'plug-ins require each other: a → b → a',
  })
})

test('what a plug-in added is taken back, newest first', async () => {
  const { notes, host, plugin, protocol } = setting()
  const type = { name: 'x-random' } as ExchangeType
  await host.start([
    plugin('p', [], (door) => {
      door.add('exchangeType', type)
      door.add('protocol', protocol('amqp'))
    }),
  ])
  assert.deepEqual([...host.protocols.keys()], ['amqp'])
  await host.stop()
  assert.deepEqual([...host.protocols.keys()], [])
  assert.deepEqual(notes, [
    'start p',
    '+type x-random',
    "close amqp: broker forced connection closure with reason 'shutdown'",
    '-type x-random',
    'stop p',
  ])
})

test('one plug-in that fails to stop does not keep the others from stopping', async () => {
  const { notes, host, plugin } = setting()
  const failing = plugin('b', [], (door) =>
    door.onStop(() => {
      throw new Error('stuck')
    }),
  )
  await host.start([plugin('a', []), failing])
  await host.stop()
  assert.deepEqual(notes, ['start a', 'start b', 'stop b', 'stop a'])
})

test('two heads of one name are a mistake', async () => {
  const { host, plugin, protocol } = setting()
  const add = (door: Host) => door.add('protocol', protocol('amqp'))
  await assert.rejects(host.start([plugin('a', [], add), plugin('b', [], add)]), {
    message: 'two plug-ins bring the protocol amqp',
  })
})

test('a plug-in is started with its settings', async () => {
  const { host } = setting()
  const seen: number[] = []
  const plugin = { name: 'p', start: (_: Host, settings: { port: number }) => void seen.push(settings.port) }
  await host.start([install(plugin, { port: 7 })])
  assert.deepEqual(seen, [7])
})
