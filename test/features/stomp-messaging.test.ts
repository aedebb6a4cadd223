import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { StompClient, stompPort } from '../support/stomp-client.ts'
import { only } from '../support/target.ts'

const broker = withBroker()

describe('messages over STOMP', only({ lapine: 'another broker need not speak STOMP' }), () => {
  test('what is sent to a queue waits for whoever subscribes, with its properties as headers', async (t) => {
    const port = stompPort(broker)
    const sender = await StompClient.login(t, port)
    const headers = {
      destination: '/queue/stomp%2Fone',
      'content-type': 'text/plain',
      persistent: 'true',
      priority: '5',
      'correlation-id': 'c',
      'amqp-message-id': 'm',
      expiration: '60000',
      timestamp: '123',
      type: 'ty',
      'user-id': 'guest',
      'app-id': 'app',
      'content-encoding': 'utf8',
      'x-mine': 'a\\cb\\nc\\\\',
    }
    await sender.done('SEND', headers, 'hällo')
    const receiver = await StompClient.login(t, port)
    receiver.send('SUBSCRIBE', { id: '0', destination: '/queue/stomp%2Fone', ack: 'client' })
    const message = await receiver.message()
    const id = `T_0@@${receiver.session}@@1`
    assert.deepEqual(message.headers, {
      ...headers,
      subscription: '0',
      'message-id': id,
      ack: id,
      redelivered: 'false',
      'content-length': '6',
    })
    assert.equal(message.body, 'hällo')
    await receiver.done('ACK', { id })
    await receiver.done('UNSUBSCRIBE', { id: '0' })
    assert.deepEqual(await receiver.done('SUBSCRIBE', { id: '1', destination: '/queue/stomp%2Fone' }), [])
  })

  test('STOMP 1.0 and 1.1 acknowledge by message-id, 1.1 escapes, 1.0 does not', async (t) => {
    for (const [version, sent, got] of [
      ['1.0', 'a\\cb', 'a\\cb'],
      ['1.1', 'a\\cb', 'a\\cb'],
    ] as const) {
      const client = await StompClient.login(t, stompPort(broker), { 'accept-version': version })
      const destination = `/queue/stomp-${version}`
      await client.done('SUBSCRIBE', { id: 's', destination, ack: 'client-individual' })
      client.send('SEND', { destination, mine: sent })
      const { headers } = await client.message()
      assert.equal(headers.mine, got)
      assert.equal(headers.ack, undefined)
      await client.done('ACK', { 'message-id': headers['message-id']!, subscription: 's' })
    }
  })

  test('a topic reaches every subscriber, and an exchange by its key; wildcards are those of AMQP', async (t) => {
    const port = stompPort(broker)
    const [one, two, sender] = [
      await StompClient.login(t, port),
      await StompClient.login(t, port),
      await StompClient.login(t, port),
    ]
    await one.done('SUBSCRIBE', { id: 'a', destination: '/topic/news.*' })
    await two.done('SUBSCRIBE', { id: 'b', destination: '/exchange/amq.topic/news.%23' })
    sender.send('SEND', { destination: '/topic/news.today' }, 'x')
    for (const [client, id] of [
      [one, 'a'],
      [two, 'b'],
    ] as const) {
      const { headers } = await client.message()
      assert.deepEqual([headers.subscription, headers.destination], [id, '/topic/news.today'])
    }
    await one.done('UNSUBSCRIBE', { id: 'a' })
    await sender.done('SEND', { destination: '/topic/news.today' }, 'y')
    assert.deepEqual(await one.done('BEGIN', { transaction: 'nothing' }), [])
    assert.equal((await two.message()).body, 'y')
  })

  test('a durable subscription keeps what comes while its client is away, until it is unsubscribed as durable', async (t) => {
    const port = stompPort(broker)
    const subscription = { id: 'kept', destination: '/topic/durable.a', durable: 'true', 'auto-delete': 'false' }
    const first = await StompClient.login(t, port)
    await first.done('SUBSCRIBE', subscription)
    await first.done('DISCONNECT')
    const sender = await StompClient.login(t, port)
    await sender.done('SEND', { destination: '/topic/durable.a', persistent: 'true' }, 'kept')
    const again = await StompClient.login(t, port)
    again.send('SUBSCRIBE', subscription)
    assert.equal((await again.message()).body, 'kept')
    await again.done('UNSUBSCRIBE', { id: 'kept', durable: 'true' })
    await sender.done('SEND', { destination: '/topic/durable.a' }, 'lost')
    const last = await StompClient.login(t, port)
    assert.deepEqual(await last.done('SUBSCRIBE', subscription), [])
    await last.done('UNSUBSCRIBE', { id: 'kept', durable: 'true' })
  })

  test('a named queue of a topic is shared by those who name it', async (t) => {
    const port = stompPort(broker)
    const subscription = { id: '1', destination: '/topic/shared.a', 'x-queue-name': 'stomp-shared' }
    const [one, two] = [await StompClient.login(t, port), await StompClient.login(t, port)]
    await one.done('SUBSCRIBE', subscription)
    await two.done('SUBSCRIBE', subscription)
    one.send('SEND', { destination: '/topic/shared.a' }, '1')
    one.send('SEND', { destination: '/topic/shared.a' }, '2')
    const bodies = [(await one.message()).body, (await two.message()).body]
    assert.deepEqual(bodies.sort(), ['1', '2'])
  })

  test('a request finds its reply by a temporary queue', async (t) => {
    const port = stompPort(broker)
    const [client, server] = [await StompClient.login(t, port), await StompClient.login(t, port)]
    await server.done('SUBSCRIBE', { id: 's', destination: '/queue/stomp-requests' })
    client.send('SEND', { destination: '/queue/stomp-requests', 'reply-to': '/temp-queue/mine' }, 'ping')
    const replyTo = (await server.message()).headers['reply-to']!
    assert.match(replyTo, /^\/reply-queue\/amq\.gen-/)
    server.send('SEND', { destination: replyTo }, 'pong')
    const reply = await client.message()
    assert.deepEqual([reply.headers.subscription, reply.body], ['/temp-queue/mine', 'pong'])
  })

  test("in mode client an ACK covers the subscription's earlier messages, in client-individual its own alone", async (t) => {
    for (const [ack, left] of [
      ['client', ['3']],
      ['client-individual', ['1', '3']],
    ] as const) {
      const client = await StompClient.login(t, stompPort(broker))
      const destination = `/queue/stomp-${ack}`
      for (const body of ['1', '2', '3']) client.send('SEND', { destination }, body)
      client.send('SUBSCRIBE', { id: 'a', destination, ack })
      await client.message()
      const { headers } = await client.message()
      await client.message()
      await client.done('ACK', { id: headers.ack! })
      await client.done('UNSUBSCRIBE', { id: 'a' })
      client.send('SUBSCRIBE', { id: 'b', destination })
      const found: string[] = []
      for (const _ of left) {
        const message = await client.message()
        assert.equal(message.headers.redelivered, 'true')
        found.push(message.body)
      }
      assert.deepEqual(found, left)
    }
  })

  test('no more than prefetch-count are handed out, and NACK puts back or throws out', async (t) => {
    const client = await StompClient.login(t, stompPort(broker))
    const destination = '/queue/stomp-prefetch'
    for (const body of ['1', '2']) client.send('SEND', { destination }, body)
    client.send('SUBSCRIBE', { id: 'a', destination, ack: 'client-individual', 'prefetch-count': '1' })
    const first = await client.message()
    assert.deepEqual(await client.done('BEGIN', { transaction: 'x' }), [])
    client.send('NACK', { id: first.headers.ack! })
    const again = await client.message()
    assert.deepEqual([again.body, again.headers.redelivered], ['1', 'true'])
    client.send('NACK', { id: again.headers.ack!, requeue: 'false' })
    const second = await client.message()
    assert.equal(second.body, '2')
    await client.done('ACK', { id: second.headers.ack! })
    await client.done('UNSUBSCRIBE', { id: 'a' })
    assert.deepEqual(await client.done('SUBSCRIBE', { id: 'b', destination }), [])
  })

  test('a transaction is sent and acknowledged as a whole, or not at all', async (t) => {
    const client = await StompClient.login(t, stompPort(broker))
    const destination = '/queue/stomp-transaction'
    await client.done('SUBSCRIBE', { id: 'a', destination, ack: 'client-individual' })
    client.send('BEGIN', { transaction: 't' })
    client.send('SEND', { destination, transaction: 't' }, 'aborted')
    assert.deepEqual(await client.done('ABORT', { transaction: 't' }), [])
    client.send('BEGIN', { transaction: 't' })
    client.send('SEND', { destination, transaction: 't', receipt: 'sent' }, 'sent')
    assert.deepEqual(await client.done('BEGIN', { transaction: 'other' }), [])
    client.send('COMMIT', { transaction: 't', receipt: 'committed' })
    const frames = [await client.next(), await client.next(), await client.next()]
    const receipts = frames.flatMap((frame) => frame?.headers['receipt-id'] ?? [])
    assert.deepEqual(receipts, ['sent', 'committed'])
    const message = frames.find((frame) => frame?.command === 'MESSAGE')!
    assert.equal(message.body, 'sent')
    client.send('BEGIN', { transaction: 'u' })
    client.send('ACK', { id: message.headers.ack!, transaction: 'u' })
    await client.done('COMMIT', { transaction: 'u' })
    await client.done('UNSUBSCRIBE', { id: 'a' })
    assert.deepEqual(await client.done('SUBSCRIBE', { id: 'b', destination }), [])
  })

  test('headers that are arguments make the queue they ask for', async (t) => {
    const client = await StompClient.login(t, stompPort(broker))
    const destination = '/queue/stomp-arguments'
    await client.done('SUBSCRIBE', {
      id: 'a',
      destination,
      'x-max-length': '5',
      'x-message-ttl': '60000',
      'x-queue-type': 'classic',
      'auto-delete': 'true',
    })
    // They need not be said again on the same connection.
    client.send('SEND', { destination }, 'x')
    assert.equal((await client.message()).body, 'x')
    const session = await broker.open(t)
    const channel = await session.channel()
    await channel.assertQueue('stomp-arguments', {
      autoDelete: true,
      arguments: { 'x-max-length': 5, 'x-message-ttl': 60000, 'x-queue-type': 'classic' },
    })
  })

  test('a SEND declares its queue by the same headers, whatever becomes of its message', async (t) => {
    const client = await StompClient.login(t, stompPort(broker))
    const headers = { destination: '/queue/stomp-declared', persistent: 'false', 'auto-delete': 'true' }
    await client.done('SEND', { ...headers, 'x-max-priority': '3' }, 'x')
    const channel = await (await broker.open(t)).channel()
    await channel.assertQueue('stomp-declared', { durable: true, autoDelete: true, maxPriority: 3 })
    client.send('SUBSCRIBE', { id: '1', destination: '/queue/stomp-declared' })
    assert.equal((await client.message()).headers.persistent, undefined)
  })

  test('a stream is read from where the subscription says, again and again', async (t) => {
    const client = await StompClient.login(t, stompPort(broker))
    const destination = '/queue/stomp-stream'
    const stream = { destination, 'x-queue-type': 'stream' }
    for (const body of ['0', '1', '2']) await client.done('SEND', stream, body)
    for (const [offset, bodies] of [
      ['first', ['0', '1', '2']],
      ['offset=1', ['1', '2']],
    ] as const) {
      const subscription = { ...stream, id: offset, ack: 'client', 'prefetch-count': '10', 'x-stream-offset': offset }
      client.send('SUBSCRIBE', subscription)
      let last = ''
      for (const body of bodies) {
        const message = await client.message()
        assert.deepEqual([message.body, message.headers.subscription], [body, offset])
        last = message.headers.ack!
      }
      await client.done('ACK', { id: last })
      await client.done('UNSUBSCRIBE', { id: offset })
    }
  })
})
