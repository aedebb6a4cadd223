import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { StompClient, stompPort } from '../support/stomp-client.ts'
import { only } from '../support/target.ts'

const broker = withBroker()

describe('what STOMP refuses', only({ lapine: 'another broker need not speak STOMP' }), () => {
  test('a login that is none is told so', async (t) => {
    const rows: [string, Record<string, string>, string][] = [
      ['CONNECT', { passcode: 'wrong', login: 'guest' }, "Bad CONNECT: Access refused for user 'guest'\n"],
      ['STOMP', { host: 'nowhere' }, "Bad CONNECT: Virtual host 'nowhere' access denied"],
      ['CONNECT', { 'accept-version': '7.0' }, 'Version mismatch: Supported versions are 1.0,1.1,1.2\n'],
      ['CONNECT', { 'heart-beat': 'often' }, 'Processing error: Processing error'],
      ['SEND', { destination: '/queue/a' }, 'Illegal command: You must log in using CONNECT first'],
    ]
    for (const [command, headers, expected] of rows) {
      const client = await StompClient.open(t, stompPort(broker))
      client.send(command, headers)
      assert.equal(await client.refusal(), expected)
    }
  })

  test('CONNECTED says the highest common version, and heart-beats in whole seconds', async (t) => {
    const rows: [Record<string, string>, string, string][] = [
      [{}, '1.0', '0,0'],
      [{ 'accept-version': '1.0,1.1', 'heart-beat': '500,2500' }, '1.1', '2000,1000'],
      [{ 'accept-version': '1.1,1.2,2.0', 'heart-beat': '0,10000' }, '1.2', '10000,0'],
    ]
    for (const [headers, version, heartBeat] of rows) {
      const client = await StompClient.open(t, stompPort(broker))
      client.send('CONNECT', headers)
      const connected = await client.next()
      assert.equal(connected?.command, 'CONNECTED')
      assert.deepEqual([connected.headers.version, connected.headers['heart-beat']], [version, heartBeat])
      assert.match(connected.headers.session ?? '', /^session-[\w-]{22}$/)
    }
  })

  const refusals: [string, Record<string, string>, string][] = [
    ['SEND', {}, 'Missing destination: "SEND" must include a \'destination\' header\n'],
    ['SEND', { destination: '/queue/a/b' }, "Invalid destination: '/a/b' is not a valid queue destination\n"],
    [
      'SEND',
      { destination: '/temp-queue/a' },
      "Invalid destination: '/temp-queue/a' is not a valid destination for 'SEND'\n",
    ],
    [
      'SUBSCRIBE',
      { id: '1', destination: '/temp-queue/a' },
      "Invalid destination: '/temp-queue/a' is not a valid destination for 'SUBSCRIBE'\n",
    ],
    [
      'SEND',
      { destination: '/queue/stomp-e', 'message-id': '1' },
      "Invalid header: 'message-id' is not allowed on 'SEND'.\n",
    ],
    ['SEND', { destination: '/exchange/nope/k' }, "not_found: NOT_FOUND - no exchange 'nope' in vhost '/'"],
    ['SEND', { destination: '/queue/stomp-e', priority: 'x' }, 'Processing error: Processing error'],
    ['SEND', { destination: '/queue/stomp-e', expiration: 'x' }, 'precondition_failed: '],
    ['SEND', { destination: '/queue/stomp-e', 'user-id': 'other' }, 'precondition_failed: '],
    ['SUBSCRIBE', { id: '1', destination: '/amq/queue/nope' }, "not_found: NOT_FOUND - no queue 'nope' in vhost '/'"],
    ['SUBSCRIBE', { id: '1', destination: '/queue/stomp-e', ack: 'x' }, 'Processing error: Processing error'],
    ['SUBSCRIBE', { id: '/temp-queue/f', destination: '/queue/stomp-e' }, 'Invalid id: '],
    [
      'SUBSCRIBE',
      { destination: '/topic/a', durable: 'true' },
      "Missing Header: Header 'id' is required for durable subscriptions",
    ],
    ['ACK', {}, 'Missing header: "ACK" must include the "id" header\n'],
    ['NACK', { id: 'x' }, 'Invalid header: "NACK" must include a valid "id" header\n'],
    ['ACK', { id: 'T_3@@s@@1' }, "Subscription not found: There is no current subscription with tag 'T_3'."],
    ['UNSUBSCRIBE', {}, "Missing destination or id: UNSUBSCRIBE must include a 'destination' or 'id' header"],
    [
      'UNSUBSCRIBE',
      { id: '3' },
      'No subscription found: UNSUBSCRIBE must refer to an existing subscription.\nSubscription to "id=\'3\'" not found.\n',
    ],
    ['BEGIN', {}, 'Missing transaction: "BEGIN" must include a \'transaction\' header\n'],
    ['COMMIT', { transaction: 't' }, 'Bad transaction: Invalid transaction identifier: "t"\n'],
    ['SEND', { destination: '/queue/stomp-e', transaction: 't' }, 'Bad transaction: '],
    ['FOO', {}, 'Bad command: Could not interpret command "FOO"\n'],
    ['CONNECT', {}, 'Bad command: Could not interpret command "CONNECT"\n'],
    ['SEND', { destination: 'a\\tb' }, 'Malformed frame: undefined escape \\t'],
  ]

  test('a frame that cannot be carried out is told why, and ends the connection', async (t) => {
    for (const [command, headers, expected] of refusals) {
      const client = await StompClient.login(t, stompPort(broker))
      client.send(command, headers)
      const text = await client.refusal()
      assert.ok(expected.endsWith(': ') ? text.startsWith(expected) : text === expected, `${text} for ${expected}`)
    }
  })

  test('an ERROR names the receipt that its frame has asked for', async (t) => {
    const client = await StompClient.login(t, stompPort(broker))
    client.send('SEND', { receipt: 'r' })
    const error = await client.next()
    assert.deepEqual([error?.command, error?.headers['receipt-id']], ['ERROR', 'r'])
  })

  test('one identifier is for one subscription, and what is not outstanding cannot be acknowledged', async (t) => {
    const subscription = { id: 'a', destination: '/queue/stomp-e', ack: 'client' }
    const client = await StompClient.login(t, stompPort(broker))
    await client.done('SUBSCRIBE', subscription)
    client.send('SUBSCRIBE', subscription)
    const duplicate = "Duplicated subscription identifier: A subscription identified by 'T_a' already exists."
    assert.equal(await client.refusal(), duplicate)
    const other = await StompClient.login(t, stompPort(broker))
    await other.done('SUBSCRIBE', subscription)
    other.send('ACK', { id: 'T_a@@s@@99' })
    assert.equal(await other.refusal(), 'Message not found: unknown delivery tag 99')
  })

  test('a queue that goes tells its subscribers, whose connections go on', async (t) => {
    const client = await StompClient.login(t, stompPort(broker))
    await client.done('SUBSCRIBE', { id: 'a', destination: '/queue/stomp-going' })
    const session = await broker.open(t)
    await (await session.channel()).deleteQueue('stomp-going')
    const error = await client.next()
    assert.deepEqual(
      [error?.command, error?.headers.message, error?.headers.subscription, error?.body],
      [
        'ERROR',
        'Server cancelled subscription',
        'a',
        'The server has canceled a subscription.\nNo more messages will be delivered for "id=\'a\'".\n',
      ],
    )
    await client.done('SEND', { destination: '/queue/stomp-going' }, 'x')
    client.send('SUBSCRIBE', { id: 'a', destination: '/queue/stomp-going' })
    assert.equal((await client.message()).body, 'x')
  })

  test('a queue that was deleted is declared again for who sends on', async (t) => {
    const client = await StompClient.login(t, stompPort(broker))
    const destination = '/queue/stomp-again'
    await client.done('SEND', { destination }, 'lost')
    const session = await broker.open(t)
    const channel = await session.channel()
    await channel.deleteQueue('stomp-again')
    await client.done('SEND', { destination }, 'found')
    const message = await channel.get('stomp-again', { noAck: true })
    assert.equal(message ? message.content.toString() : undefined, 'found')
  })

  test('transactions are limited in number and size', async (t) => {
    const many = await StompClient.login(t, stompPort(broker))
    for (let index = 0; index < 16; index++) many.send('BEGIN', { transaction: `${index}` })
    assert.deepEqual(await many.done('ABORT', { transaction: '0' }), [])
    await many.done('BEGIN', { transaction: '16' })
    many.send('BEGIN', { transaction: '17' })
    assert.match(await many.refusal(), /^Transaction limit exceeded: /)
    const large = await StompClient.login(t, stompPort(broker))
    large.send('BEGIN', { transaction: 't' })
    for (let index = 0; index < 1024; index++) large.send('SEND', { destination: '/topic/x', transaction: 't' })
    await large.done('BEGIN', { transaction: 'u' })
    large.send('SEND', { destination: '/topic/x', transaction: 't' })
    assert.match(await large.refusal(), /^Transaction limit exceeded: /)
  })

  test('frames before login may have 64 KiB, later ones 4 MiB', async (t) => {
    const early = await StompClient.open(t, stompPort(broker))
    early.raw(`CONNECT\nx:${'y'.repeat(65_536)}`)
    assert.equal(await early.refusal(), 'Malformed frame: the headers are too long')
    const body = await StompClient.open(t, stompPort(broker))
    body.raw('CONNECT\ncontent-length:65537\n\n')
    assert.equal(await body.refusal(), 'Malformed frame: the body is too long')
    const client = await StompClient.login(t, stompPort(broker))
    await client.done('SEND', { destination: '/topic/large', 'content-length': '4194304' }, 'x'.repeat(4_194_304))
    client.raw('SEND\ndestination:/topic/large\ncontent-length:4194305\n\n')
    assert.equal(await client.refusal(), 'Malformed frame: the body is too long')
  })
})
