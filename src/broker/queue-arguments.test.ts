import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { longString, type Table, type TableValue } from '../std/table.ts'
import type { QueueTypeName } from './argument-rule.ts'
import { Fault } from './fault.ts'
import {
  parseQueueArguments,
  requestedQueueType,
  requireEquivalentExchange,
  requireEquivalentQueue,
} from './queue-arguments.ts'

const text = (value: string): TableValue => longString(value)
const byte = (value: number): TableValue => ({ tag: 'b', value })
const long = (value: bigint): TableValue => ({ tag: 'l', value })
const bool = (value: boolean): TableValue => ({ tag: 't', value })
const time = (value: bigint): TableValue => ({ tag: 'T', value })
const queue = "queue 'q' in vhost '/'"
const exchange = "exchange 'x' in vhost '/'"

describe('arguments of queue.declare', () => {
  it('become values with their units', () => {
    const rules = parseQueueArguments(
      'classic',
      [
        ['x-message-ttl', long(134_217_728_000n)],
        ['x-expires', byte(1)],
        ['x-max-length', byte(0)],
        ['x-max-length-bytes', long(2n ** 40n)],
        ['x-overflow', text('reject-publish-dlx')],
        ['x-dead-letter-exchange', text('')],
        ['x-dead-letter-routing-key', text('dead')],
        ['x-max-priority', byte(10)],
        ['x-single-active-consumer', bool(true)],
        ['x-consumer-timeout', byte(0)],
        ['x-queue-type', text('classic')],
        ['x-queue-mode', text('anything')],
        ['x-queue-version', byte(1)],
        ['unheard-of', byte(1)],
      ],
      queue,
    )
    assert.deepEqual(rules, {
      messageTtlMilliseconds: 134_217_728_000,
      expiresMilliseconds: 1,
      maxLength: 0,
      maxLengthBytes: 2 ** 40,
      overflow: 'reject-publish-dlx',
      deadLetterExchange: '',
      deadLetterRoutingKey: 'dead',
      deadLetterStrategy: undefined,
      maxPriority: 10,
      singleActiveConsumer: true,
      consumerTimeoutMilliseconds: 0,
      deliveryLimit: undefined,
      delayedRetry: undefined,
      delayedRetryMinMilliseconds: undefined,
      delayedRetryMaxMilliseconds: undefined,
    })
    assert.ok(Object.isFrozen(rules))
  })

  it('are all optional', () => {
    const rules = parseQueueArguments('classic', [], queue)
    assert.equal(rules.overflow, undefined)
    assert.equal(rules.singleActiveConsumer, false)
    assert.equal(rules.deadLetterExchange, undefined)
    assert.equal(rules.maxPriority, undefined)
  })

  // All of these texts but the last few were read off RabbitMQ 3.10.8.
  const invalid: readonly (readonly [type: QueueTypeName, args: Table, arg: string, reason: string])[] = [
    ['classic', [['x-message-ttl', byte(-1)]], 'x-message-ttl', '{value_negative,-1}'],
    ['classic', [['x-message-ttl', text('a')]], 'x-message-ttl', '"expected integer, got longstr"'],
    ['classic', [['x-message-ttl', bool(true)]], 'x-message-ttl', '"expected integer, got bool"'],
    ['classic', [['x-message-ttl', { tag: 'd', value: 1.5 }]], 'x-message-ttl', '"expected integer, got double"'],
    ['classic', [['x-message-ttl', { tag: 'A', value: [] }]], 'x-message-ttl', '"expected integer, got array"'],
    ['classic', [['x-message-ttl', long(315_360_000_001n)]], 'x-message-ttl', '{value_too_large,315360000001}'],
    ['classic', [['x-expires', byte(0)]], 'x-expires', '{value_zero,0}'],
    ['classic', [['x-expires', byte(-5)]], 'x-expires', '{value_negative,-5}'],
    [
      'classic',
      [
        ['x-message-ttl', byte(-1)],
        ['x-expires', byte(0)],
      ],
      'x-expires',
      '{value_zero,0}',
    ],
    ['classic', [['x-max-length', byte(-1)]], 'x-max-length', '{value_negative,-1}'],
    ['classic', [['x-max-length', text('5')]], 'x-max-length', '"expected integer, got longstr"'],
    ['classic', [['x-max-length-bytes', byte(-1)]], 'x-max-length-bytes', '{value_negative,-1}'],
    ['classic', [['x-overflow', text('x')]], 'x-overflow', 'invalid_overflow'],
    ['classic', [['x-overflow', byte(5)]], 'x-overflow', '{unacceptable_type,byte}'],
    [
      'classic',
      [['x-dead-letter-routing-key', text('k')]],
      'x-dead-letter-routing-key',
      'routing_key_but_no_dlx_defined',
    ],
    ['classic', [['x-dead-letter-routing-key', byte(5)]], 'x-dead-letter-routing-key', '{unacceptable_type,byte}'],
    ['classic', [['x-max-priority', { tag: 's', value: 256 }]], 'x-max-priority', '{max_value_exceeded,256}'],
    ['classic', [['x-max-priority', byte(-1)]], 'x-max-priority', '{value_negative,-1}'],
    ['classic', [['x-single-active-consumer', text('yes')]], 'x-single-active-consumer', '{unacceptable_type,longstr}'],
    ['classic', [['x-queue-version', byte(3)]], 'x-queue-version', `"unsupported queue version '3'"`],
    ['classic', [['x-queue-version', text('2')]], 'x-queue-version', '"expected integer, got longstr"'],
    ['classic', [['x-queue-type', text('clässic')]], 'x-queue-type', `"unsupported queue type 'clässic'"`],
    ['classic', [['x-queue-type', byte(5)]], 'x-queue-type', '{unacceptable_type,byte}'],
    ['quorum', [['x-queue-leader-locator', text('x')]], 'x-queue-leader-locator', 'invalid_queue_locator_arg'],
    ['quorum', [['x-dead-letter-strategy', text('q')]], 'x-dead-letter-strategy', 'invalid_dlx_strategy'],
    ['quorum', [['x-quorum-initial-group-size', byte(0)]], 'x-quorum-initial-group-size', '{value_zero,0}'],
    ['stream', [['x-max-age', text('1X')]], 'x-max-age', 'invalid_max_age'],
    ['stream', [['x-max-age', text('0D')]], 'x-max-age', 'invalid_max_age'],
    ['classic', [['x-consumer-timeout', byte(-1)]], 'x-consumer-timeout', '{value_negative,-1}'],
    ['quorum', [['x-delivery-limit', text('1')]], 'x-delivery-limit', '"expected integer, got longstr"'],
  ]
  for (const [type, arguments_, name, reason] of invalid) {
    it(`are refused as ${reason} for ${name} of a ${type} queue`, () => {
      const expected = new Fault('precondition-failed', `invalid arg '${name}' for ${queue}: ${reason}`)
      assert.throws(() => parseQueueArguments(type, arguments_, queue), expected)
    })
  }

  const unsupported: readonly (readonly [type: QueueTypeName, args: Table, arg: string])[] = [
    ['classic', [['x-delivery-limit', byte(5)]], 'x-delivery-limit'],
    [
      'classic',
      [
        ['x-max-age', text('1D')],
        ['x-delivery-limit', byte(5)],
      ],
      'x-max-age',
    ],
    ['classic', [['x-dead-letter-strategy', text('whatever')]], 'x-dead-letter-strategy'],
    ['classic', [['x-max-in-memory-length', byte(1)]], 'x-max-in-memory-length'],
    ['quorum', [['x-max-priority', byte(5)]], 'x-max-priority'],
    ['quorum', [['x-queue-mode', text('lazy')]], 'x-queue-mode'],
    ['stream', [['x-overflow', text('drop-head')]], 'x-overflow'],
    ['stream', [['x-message-ttl', byte(1)]], 'x-message-ttl'],
  ]
  for (const [type, arguments_, name] of unsupported) {
    it(`name a queue type that does not know ${name}: ${type}`, () => {
      const message = `invalid arg '${name}' for ${queue} of queue type rabbit_${type}_queue`
      assert.throws(() => parseQueueArguments(type, arguments_, queue), new Fault('precondition-failed', message))
    })
  }

  it('may hold x-consumer-timeout on every type', () => {
    for (const type of ['classic', 'quorum', 'stream'] as const) {
      const rules = parseQueueArguments(type, [['x-consumer-timeout', byte(9)]], queue)
      assert.equal(rules.consumerTimeoutMilliseconds, 9)
    }
  })

  it('have a text of their own for a dead-letter exchange that is no string', () => {
    const message = `invalid type 'byte' for arg 'x-dead-letter-exchange' in ${queue}`
    assert.throws(
      () => parseQueueArguments('classic', [['x-dead-letter-exchange', byte(5)]], queue),
      new Fault('precondition-failed', message),
    )
  })

  it('name the type of queue', () => {
    assert.equal(requestedQueueType([['x-queue-type', text('stream')]], queue), 'stream')
    assert.equal(requestedQueueType([], queue), undefined)
    assert.throws(() => requestedQueueType([['x-queue-type', text('__proto__')]], queue), Fault)
  })
})

describe('redeclaring a queue', () => {
  const plain = { type: 'classic', durable: false, autoDelete: false, arguments: [] }

  // Texts read off RabbitMQ 3.10.8; undefined: accepted.
  const rows: readonly (readonly [current: Table, declared: Table, difference: string | undefined])[] = [
    [[], [['x-message-ttl', byte(5)]], "'x-message-ttl' R received the value '5' of type 'byte' but current is none"],
    [[['x-message-ttl', byte(5)]], [], "'x-message-ttl' R received none but current is the value '5' of type 'byte'"],
    [[['x-message-ttl', byte(5)]], [['x-message-ttl', byte(6)]], "'x-message-ttl' R received '6' but current is '5'"],
    [[['x-message-ttl', byte(5)]], [['x-message-ttl', long(5n)]], undefined],
    [[['x-message-ttl', byte(5)]], [['x-message-ttl', time(5n)]], undefined],
    [
      [['x-message-ttl', byte(5)]],
      [['x-message-ttl', { tag: 'd', value: 5 }]],
      "'x-message-ttl' R received '5.0' but current is '5'",
    ],
    [
      [],
      [['x-message-ttl', { tag: 'd', value: 1e21 }]],
      "'x-message-ttl' R received the value '1.0e21' of type 'double' but current is none",
    ],
    [[['x-foo', byte(1)]], [['x-foo', { tag: 'f', value: 2 }]], undefined],
    [
      [['x-dead-letter-exchange', text('a')]],
      [['x-dead-letter-exchange', text('b')]],
      "'x-dead-letter-exchange' R received 'b' but current is 'a'",
    ],
    [
      [['x-dead-letter-exchange', text('ä')]],
      [],
      "'x-dead-letter-exchange' R received none but current is the value 'ä' of type 'longstr'",
    ],
    [
      [['x-single-active-consumer', bool(true)]],
      [['x-single-active-consumer', bool(false)]],
      "'x-single-active-consumer' R received 'false' but current is 'true'",
    ],
    [[['x-consumer-timeout', byte(1)]], [], undefined],
    [[['x-foo', byte(1)]], [['x-foo', byte(2)]], undefined],
    [[], [['x-queue-type', text('classic')]], undefined],
    [[['x-queue-type', text('classic')]], [], undefined],
    [
      [],
      [['x-queue-type', text('quorum')]],
      "'x-queue-type' R received the value 'quorum' of type 'longstr' but current is none",
    ],
    [
      [['x-queue-mode', text('lazy')]],
      [],
      "'x-queue-mode' R received none but current is the value 'lazy' of type 'longstr'",
    ],
    [
      [
        ['x-message-ttl', byte(5)],
        ['x-expires', byte(6)],
      ],
      [
        ['x-message-ttl', byte(6)],
        ['x-expires', byte(7)],
      ],
      "'x-expires' R received '7' but current is '6'",
    ],
  ]
  for (const [current, declared, difference] of rows) {
    it(difference ?? `accepts ${JSON.stringify(declared.map(([name]) => name))} again`, () => {
      const again = () =>
        requireEquivalentQueue({ ...plain, arguments: current }, { ...plain, arguments: declared }, queue)
      if (difference === undefined) again()
      else {
        const message = `inequivalent arg ${difference.replace('R', `for ${queue}:`)}`
        assert.throws(again, new Fault('precondition-failed', message))
      }
    })
  }

  it('compares durable before auto_delete', () => {
    const declared = { durable: true, autoDelete: true, arguments: [] }
    const message = `inequivalent arg 'durable' for ${queue}: received 'true' but current is 'false'`
    assert.throws(() => requireEquivalentQueue(plain, declared, queue), new Fault('precondition-failed', message))
    const other = `inequivalent arg 'auto_delete' for ${queue}: received 'true' but current is 'false'`
    assert.throws(
      () => requireEquivalentQueue(plain, { ...declared, durable: false }, queue),
      new Fault('precondition-failed', other),
    )
  })
})

describe('redeclaring an exchange', () => {
  const plain = { type: 'direct', durable: true, autoDelete: false, internal: false, arguments: [] as Table }
  const alternate = (name: string): Table => [['alternate-exchange', text(name)]]
  const rows: readonly (readonly [change: Partial<typeof plain>, difference: string | undefined])[] = [
    [{}, undefined],
    [{ arguments: [['foo', byte(1)]] }, undefined],
    [{ type: 'fanout', durable: false }, "'type' R received 'fanout' but current is 'direct'"],
    [{ durable: false, autoDelete: true }, "'durable' R received 'false' but current is 'true'"],
    [{ autoDelete: true, internal: true }, "'auto_delete' R received 'true' but current is 'false'"],
    [{ internal: true, arguments: alternate('a') }, "'internal' R received 'true' but current is 'false'"],
    [
      { arguments: alternate('a') },
      "'alternate-exchange' R received the value 'a' of type 'longstr' but current is none",
    ],
  ]
  for (const [change, difference] of rows) {
    it(difference ?? `accepts ${JSON.stringify(change)}`, () => {
      const again = () => requireEquivalentExchange(plain, { ...plain, ...change }, exchange)
      if (difference === undefined) again()
      else {
        const message = `inequivalent arg ${difference.replace('R', `for ${exchange}:`)}`
        assert.throws(again, new Fault('precondition-failed', message))
      }
    })
  }
})
