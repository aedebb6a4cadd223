import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { Protocol, SocketPeer } from '../plugin.ts'
import { systemClock } from '../std/clock.ts'
import { silentLogger } from '../std/logger.ts'
import type { ListenAddress } from './conf-value.ts'
import { PendingArrivals } from './listener-arrival.ts'
import { isLoopback, unmapped, writeAddress } from './listener-peer.ts'
import { type Listener, openListener } from './listeners.ts'

/** A head that greets, remembers who came, and hangs up. */
class Greeter implements Protocol {
  readonly name = 'amqp'
  readonly peers: SocketPeer[] = []
  readonly connectionCount = 0

  connections() {
    return []
  }
  accept(stream: import('node:stream').Duplex, peer: SocketPeer): void {
    this.peers.push(peer)
    stream.end('hello')
  }
  async close(): Promise<void> {}
}

function openPlain(address: ListenAddress, protocol: Protocol, logger = silentLogger): Promise<Listener> {
  return openListener({
    address,
    protocol,
    logger,
    clock: systemClock,
    socket: { backlog: 511, noDelay: true, keepAlive: false },
    proxies: undefined,
    tls: undefined,
    proxyMilliseconds: 1000,
    tlsMilliseconds: 1000,
    pending: new PendingArrivals(1),
  })
}

async function greeting(host: string, port: number): Promise<{ text: string; localPort: number | undefined }> {
  const socket = connect(port, host)
  await once(socket, 'connect')
  const { localPort } = socket
  let text = ''
  for await (const chunk of socket) text += chunk
  return { text, localPort }
}

test('a listener hands sockets and both their ends to the protocol', async () => {
  const head = new Greeter()
  const listener = await openPlain({ host: '127.0.0.1', port: 0 }, head)
  const { text, localPort } = await greeting('127.0.0.1', listener.port)
  await listener.close()
  assert.equal(text, 'hello')
  assert.deepEqual(head.peers, [
    {
      remoteAddress: '127.0.0.1',
      remotePort: localPort,
      localAddress: '127.0.0.1',
      localPort: listener.port,
      loopback: true,
      tls: undefined,
    },
  ])
})

test('without a host both families are served, and an IPv4 peer looks like one', async () => {
  const head = new Greeter()
  const lines: string[] = []
  const logger = { ...silentLogger, info: (line: string) => lines.push(line) }
  const listener = await openPlain({ host: undefined, port: 0 }, head, logger)
  await greeting('127.0.0.1', listener.port)
  await listener.close()
  assert.equal(head.peers[0]?.remoteAddress, '127.0.0.1')
  assert.equal(head.peers[0]?.loopback, true)
  assert.equal(lines[0], `started TCP listener on ${writeAddress(listener.host, listener.port)}`)
})

test('a port that is taken, and an address that is not ours, are told in one sentence', async () => {
  const listener = await openPlain({ host: '127.0.0.1', port: 0 }, new Greeter())
  const { port } = listener
  await assert.rejects(openPlain({ host: '127.0.0.1', port }, new Greeter()), {
    message: `port ${port} on 127.0.0.1 is in use by another program`,
    exitCode: 69,
  })
  await assert.rejects(openPlain({ host: undefined, port }, new Greeter()), {
    message: `port ${port} is in use by another program`,
  })
  await listener.close()
  await assert.rejects(openPlain({ host: '192.0.2.1', port: 0 }, new Greeter()), {
    message: '192.0.2.1 is not an address of this machine',
  })
})

test('a closed listener accepts no more', async () => {
  const listener = await openPlain({ host: '127.0.0.1', port: 0 }, new Greeter())
  await listener.close()
  await assert.rejects(greeting('127.0.0.1', listener.port), { code: 'ECONNREFUSED' })
})

test('loopback is judged by the peer, mapped or not', () => {
  const check = (address: string, expected: boolean) => assert.equal(isLoopback(address), expected, address)
  check('127.0.0.1', true)
  check('127.9.8.7', true)
  check('::1', true)
  check('::ffff:127.0.0.1', true)
  check('10.0.0.1', false)
  check('::ffff:10.0.0.1', false)
  check('fe80::1', false)
  check('1127.0.0.1', false)
  check('127.0.0.1.example', false)
  check('', false)
  assert.equal(unmapped('::ffff:10.0.0.1'), '10.0.0.1')
  assert.equal(unmapped('fe80::1'), 'fe80::1')
})
