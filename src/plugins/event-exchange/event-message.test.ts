import assert from 'node:assert/strict'
import { test } from 'node:test'
import { longString } from '../../std/table.ts'
import { eventHeaders } from './event-message.ts'

test('properties become headers of the types RabbitMQ gives them', () => {
  const properties = {
    name: 'limits',
    durable: true,
    nothing: undefined,
    port: 5672,
    load: 0.5,
    tags: ['administrator'],
    definition: { 'max-length': 10, 'dead-letter-exchange': 'dlx' },
  }
  assert.deepEqual(eventHeaders({ type: 'policy.set', time: 1234, properties }), [
    ['name', longString('limits')],
    ['durable', { tag: 't', value: true }],
    ['port', { tag: 'l', value: 5672n }],
    ['load', { tag: 'd', value: 0.5 }],
    ['tags', { tag: 'A', value: [longString('administrator')] }],
    [
      'definition',
      { tag: 'A', value: [longString('{<<"max-length">>,10}'), longString('{<<"dead-letter-exchange">>,<<"dlx">>}')] },
    ],
    ['timestamp_in_ms', { tag: 'l', value: 1234n }],
  ])
})
