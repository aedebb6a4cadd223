import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBroker } from '../../src/lapine.ts'
import { StompClient } from '../support/stomp-client.ts'

test('the receipt of a SEND, and what comes behind it, waits for the disk; DISCONNECT waits for both', async (t) => {
  const broker = await createBroker({ stomp: true, clock: 'virtual' })
  t.after(() => broker.stop())
  const port = Number(new URL(broker.stompUrl).port)
  const client = await StompClient.login(t, port)
  const watcher = await StompClient.login(t, port)
  const destination = '/queue/stored'
  await client.done('SUBSCRIBE', { id: 'a', destination })
  await client.done('SUBSCRIBE', { id: 'b', destination: '/topic/seen' })
  await client.done('UNSUBSCRIBE', { id: 'a' })
  const mend = broker.faults.delayConfirms('10s')
  client.send('SEND', { destination, persistent: 'true', receipt: '1' })
  client.send('SEND', { destination: '/topic/seen', receipt: '2' }, 'at once')
  assert.equal((await client.next())?.command, 'MESSAGE')
  client.send('DISCONNECT', { receipt: '3' })
  // All of it has arrived before this does.
  await watcher.done('BEGIN', { transaction: 't' })
  assert.equal(client.pending, 0)
  await broker.clock.advance('11s')
  const receipts = [await client.next(), await client.next(), await client.next()]
  assert.deepEqual(
    receipts.map((frame) => frame?.headers['receipt-id']),
    ['1', '2', '3'],
  )
  assert.equal(await client.next(), undefined)
  mend()
})

test('while there is an alarm nothing more is taken from who sends, and who only receives goes on', async (t) => {
  const broker = await createBroker({ stomp: true })
  t.after(() => broker.stop())
  const port = Number(new URL(broker.stompUrl).port)
  const [sender, receiver] = [await StompClient.login(t, port), await StompClient.login(t, port)]
  await sender.done('SEND', { destination: '/queue/alarmed' }, 'before')
  const mend = broker.faults.blockPublishers()
  await sender.done('SEND', { destination: '/queue/alarmed' }, 'last')
  sender.send('SEND', { destination: '/queue/alarmed', receipt: 'held' }, 'held')
  receiver.send('SUBSCRIBE', { id: '1', destination: '/queue/alarmed' })
  assert.deepEqual([(await receiver.message()).body, (await receiver.message()).body], ['before', 'last'])
  await receiver.done('BEGIN', { transaction: 't' })
  assert.equal(sender.pending, 0)
  mend()
  assert.equal((await sender.next())?.headers['receipt-id'], 'held')
  assert.equal((await receiver.message()).body, 'held')
})
