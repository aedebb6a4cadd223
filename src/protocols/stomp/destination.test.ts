import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDestination, writeDestination } from './destination.ts'
import { subscriptionQueueName } from './queue-headers.ts'

test('destinations are read as RabbitMQ reads them', () => {
  const rows: [string, unknown][] = [
    ['plain', { kind: 'queue', name: 'plain' }],
    ['/queue/a%2Fb%25', { kind: 'queue', name: 'a/b%' }],
    ['/queue/%zz', { kind: 'queue', name: '%zz' }],
    ['/topic/a.*', { kind: 'topic', name: 'a.*' }],
    ['/exchange/x', { kind: 'exchange', name: 'x', key: '' }],
    ['/exchange/x/a%2Fb', { kind: 'exchange', name: 'x', key: 'a/b' }],
    ['/amq/queue/q', { kind: 'amqqueue', name: 'q' }],
    ['/temp-queue/t', { kind: 'temp-queue', name: 't' }],
    ['/reply-queue/amq.gen/%2F', { kind: 'reply-queue', name: 'amq.gen/%2F' }],
  ]
  for (const [text, destination] of rows) assert.deepEqual(readDestination(text), destination, text)
})

test("what is no destination is refused in RabbitMQ's words", () => {
  const rows: [string, RegExp][] = [
    ['/foo/bar', /^'\/foo\/bar' is not a valid destination\.\nValid destination types are: \/temp-queue, /],
    ['/queue/a/b', /^'\/a\/b' is not a valid queue destination\n$/],
    ['/queue/', /^'\/' is not a valid queue destination\n$/],
    ['/exchange/', /^'\/' is not a valid exchange destination\n$/],
    ['/exchange/a/b/c', /^'\/a\/b\/c' is not a valid exchange destination\n$/],
  ]
  for (const [text, message] of rows) assert.throws(() => readDestination(text), { message }, text)
})

test('where a message came by is written so that it can be read again', () => {
  assert.equal(writeDestination('', 'a/b%', 'amq.topic'), '/queue/a%2Fb%25')
  assert.equal(writeDestination('amq.topic', 'a.ü', 'amq.topic'), '/topic/a.%C3%BC')
  assert.equal(writeDestination('x', '', 'amq.topic'), '/exchange/x')
  assert.equal(writeDestination('x', 'k', 'amq.topic'), '/exchange/x/k')
})

test('the queue of a durable subscription has the name RabbitMQ gives it', () => {
  assert.equal(subscriptionQueueName('probe.c', '3'), 'stomp-subscription-xbM3Mh7I-40Vob0LkGVZcw')
})
