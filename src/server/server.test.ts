import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import type { Host } from '../plugin.ts'
import { silentLogger } from '../std/logger.ts'
import { readSettings } from './configuration.ts'
import type { Installation } from './host.ts'
import { startServer } from './server.ts'
import type { Settings } from './settings.ts'

/** A plug-in whose head greets and hangs up, with notes of what happened to it. */
function greeting(notes: string[]): Installation {
  return {
    name: 'greeting',
    requires: [],
    start(host: Host) {
      notes.push('start')
      host.add('protocol', {
        name: 'amqp',
        connectionCount: 0,
        connections: () => [],
        accept: (stream) => stream.end('hello'),
        async close() {
          notes.push('close head')
        },
      })
      host.onStop(() => {
        notes.push('stop')
      })
    },
  }
}

async function settingsOf(content: string): Promise<Settings> {
  const files = [
    {
      path: 'f',
      content: `management.tcp.port = none\nprometheus.tcp.port = none\nmqtt.listeners.tcp = none\nstomp.listeners.tcp = none\nweb_mqtt.tcp.port = none\nweb_stomp.tcp.port = none\n${content}`,
    },
  ]
  return (await readSettings(files, {}, {})).settings
}

function start(settings: Settings, plugins: readonly Installation[]) {
  return startServer({ settings, dataDirectory: undefined, logger: silentLogger, plugins })
}

test('a server listens where it is told, with the head its plug-ins brought', async () => {
  const notes: string[] = []
  const settings = await settingsOf('listeners.tcp.a = 127.0.0.1:0\nlisteners.tcp.b = 127.0.0.1:0')
  const server = await start(settings, [greeting(notes)])
  assert.deepEqual(server.plugins, ['greeting'])
  assert.equal(server.listeners.length, 2)
  for (const { port } of server.listeners) {
    const socket = connect(port, '127.0.0.1').setEncoding('utf8')
    assert.deepEqual(await once(socket, 'data'), ['hello'])
    socket.destroy()
  }
  await Promise.all([server.close(), server.close()])
  assert.deepEqual(notes, ['start', 'stop', 'close head'])
})

test('without a listener it needs no head', async () => {
  const server = await start(await settingsOf('listeners.tcp = none'), [])
  assert.deepEqual(server.listeners, [])
  await server.close()
})

test('a start that fails half-way takes back what it did', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  assert.ok(typeof address === 'object' && address !== null)
  const notes: string[] = []
  const settings = await settingsOf(`listeners.tcp.a = 127.0.0.1:0\nlisteners.tcp.b = 127.0.0.1:${address.port}`)
  await assert.rejects(start(settings, [greeting(notes)]), /is in use by another program$/)
  assert.deepEqual(notes, ['start', 'stop', 'close head'])
  other.close()
})

test('a listener for which no plug-in has a head is refused', async () => {
  await assert.rejects(start(await settingsOf(''), []), {
    message: 'no plug-in speaks AMQP 0-9-1, which listeners.tcp needs',
  })
})

test('a default user of the settings can log in, and guest then is nobody', async () => {
  const server = await start(await settingsOf('listeners.tcp = none\ndefault_user = ann\ndefault_pass = p'), [])
  const peer = { address: '127.0.0.1:1', ip: '127.0.0.1', loopback: true }
  assert.equal((await server.broker.authenticate({ user: 'ann', password: 'p', peer })).name, 'ann')
  await assert.rejects(server.broker.authenticate({ user: 'guest', password: 'guest', peer }))
  await server.close()
})
