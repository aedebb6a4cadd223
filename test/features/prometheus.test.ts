import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import { connectAsync } from 'mqtt'
import { withBroker } from '../support/broker.ts'
import { Lapine } from '../support/lapine.ts'
import { readMetrics } from '../support/metrics-text.ts'
import { only } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

/** Metrics the queries of Grafana's dashboard 10991 (RabbitMQ-Overview) name, in its old form and its new one. */
const dashboard = [
  ...['build_info', 'identity_info', 'channels', 'connections', 'consumers', 'queues', 'channel_consumers'],
  ...['queue_messages_ready', 'queue_messages_unacked', 'queue_messages_published_total'],
  ...['process_resident_memory_bytes', 'resident_memory_limit_bytes', 'process_open_fds', 'process_max_fds'],
  ...['process_open_tcp_sockets', 'process_max_tcp_sockets'],
  ...['disk_space_available_bytes', 'disk_space_available_limit_bytes'],
  ...['connections_opened_total', 'connections_closed_total', 'channels_opened_total', 'channels_closed_total'],
  ...['queues_declared_total', 'queues_created_total', 'queues_deleted_total'],
  ...['channel_messages_published_total', 'channel_messages_confirmed_total', 'channel_messages_acked_total'],
  ...['channel_messages_delivered_total', 'channel_messages_delivered_ack_total'],
  ...['channel_messages_redelivered_total', 'channel_get_total', 'channel_get_ack_total', 'channel_get_empty_total'],
  ...['channel_messages_unroutable_dropped_total', 'channel_messages_unroutable_returned_total'],
  ...['global_publishers', 'global_consumers', 'global_messages_received_total', 'global_messages_confirmed_total'],
  ...['global_messages_received_confirm_total', 'global_messages_routed_total', 'global_messages_acknowledged_total'],
  ...['global_messages_unroutable_dropped_total', 'global_messages_unroutable_returned_total'],
  ...['global_messages_delivered_total', 'global_messages_redelivered_total', 'global_messages_get_empty_total'],
  ...['global_messages_delivered_consume_auto_ack_total', 'global_messages_delivered_consume_manual_ack_total'],
  'message_size_bytes_bucket',
  ...['global_messages_delivered_get_auto_ack_total', 'global_messages_delivered_get_manual_ack_total'],
].map((name) => `rabbitmq_${name}`)

const broker = withBroker()
let url: string

async function scrape(path = '') {
  const response = await fetch(`${url}${path}`)
  assert.equal(response.status, 200)
  const { types, series } = readMetrics(await response.text())
  const value = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    series.find((one) => one.name === name && Object.entries(labels).every(([key, text]) => one.labels[key] === text))
      ?.value
  return { types, series, value, type: response.headers.get('content-type') }
}

describe('metrics for Prometheus', only({ lapine: 'where another broker serves them is not known' }), () => {
  before(() => {
    assert.ok(broker.running instanceof Lapine)
    url = broker.running.metricsUrl
  })

  test('have every series that the dashboard of RabbitMQ asks for, with what clients did', async (t) => {
    const session = await broker.open(t)
    const channel = await session.confirmChannel()
    const earlier = await scrape()
    const queue = await session.queue(channel, { exclusive: true }, 'metrics "\\')
    for (let n = 0; n < 3; n++) channel.sendToQueue(queue, Buffer.from('12345'))
    await channel.waitForConfirms()
    await channel.get(queue, { noAck: true })
    const { series, value, type } = await scrape()
    assert.equal(type, 'text/plain; version=0.0.4; charset=utf-8')
    const found = new Set(series.map(({ name }) => name))
    assert.deepEqual(
      dashboard.filter((name) => !found.has(name)),
      [],
    )
    const risen = (name: string, labels = {}) => value(name, labels)! - earlier.value(name, labels)!
    assert.equal(risen('rabbitmq_queue_messages_ready'), 2)
    assert.equal(risen('rabbitmq_queue_messages_ready_bytes'), 10)
    assert.equal(risen('rabbitmq_global_messages_received_total', { protocol: 'amqp091' }), 3)
    assert.equal(risen('rabbitmq_global_messages_confirmed_total'), 3)
    assert.equal(risen('rabbitmq_queues_created_total'), 1)
    const classic = { queue_type: 'rabbit_classic_queue' }
    assert.equal(risen('rabbitmq_global_messages_delivered_get_auto_ack_total', classic), 1)
    const alone = await scrape('/per-object')
    assert.equal(alone.value('rabbitmq_queue_messages_ready', { queue, vhost: '/' }), 2)
    assert.equal(alone.value('rabbitmq_identity_info', { rabbitmq_endpoint: 'per-object' }), 1)
    assert.ok(alone.value('rabbitmq_exchange_messages_published_total', { exchange: '' })! >= 3)
  })

  test('come in families, of the virtual hosts that were asked for', async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const queue = await session.queue(channel, { exclusive: true })
    const { types, value } = await scrape('/detailed?family=queue_coarse_metrics&family=queue_consumer_count&vhost=%2F')
    assert.equal(value('rabbitmq_detailed_queue_messages_ready', { queue }), 0)
    assert.equal(value('rabbitmq_detailed_queue_consumers', { queue }), 0)
    assert.ok(!types.has('rabbitmq_detailed_channel_consumers'))
    const elsewhere = await scrape('/detailed?family=queue_coarse_metrics&vhost=nowhere')
    assert.ok(!elsewhere.series.some(({ name }) => name.includes('queue_messages')))
  })

  test('tell protocols, types of queues and sizes of messages apart', async (t) => {
    const earlier = await scrape()
    const session = await broker.open(t)
    const channel = await session.confirmChannel()
    const queue = await session.queue(channel, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
    for (const size of [0, 100, 101, 20_000]) channel.sendToQueue(queue, Buffer.alloc(size))
    await channel.waitForConfirms()
    await channel.get(queue, { noAck: true })
    await channel.deleteQueue(queue)
    assert.ok(broker.running instanceof Lapine)
    const client = await connectAsync(broker.running.mqttUrl, { username: 'guest', password: 'guest' })
    await client.subscribeAsync('metrics/#', { qos: 1 })
    const came = new Promise((resolve) => client.once('message', resolve))
    await client.publishAsync('metrics/a', 'hello', { qos: 1 })
    await came
    await client.endAsync()
    const { value } = await scrape()
    const risen = (name: string, labels = {}) =>
      (value(`rabbitmq_${name}`, labels) ?? 0) - (earlier.value(`rabbitmq_${name}`, labels) ?? 0)
    const quorum = { protocol: 'amqp091', queue_type: 'rabbit_quorum_queue' }
    assert.equal(risen('global_messages_delivered_get_auto_ack_total', quorum), 1, 'also of a queue that is gone')
    assert.equal(risen('global_messages_received_total', { protocol: 'mqtt311' }), 1)
    const classic = { protocol: 'mqtt311', queue_type: 'rabbit_classic_queue' }
    assert.equal(risen('global_messages_delivered_consume_manual_ack_total', classic), 1)
    assert.equal(risen('message_size_bytes_bucket', { protocol: 'amqp091', le: '100' }), 2)
    assert.equal(risen('message_size_bytes_bucket', { protocol: 'amqp091', le: '1000' }), 3)
    assert.equal(risen('message_size_bytes_count', { protocol: 'amqp091' }), 4)
    assert.equal(risen('message_size_bytes_sum', { protocol: 'amqp091' }), 20_201)
    assert.equal(risen('message_size_bytes_sum', { protocol: 'mqtt311' }), 5)
  })

  test('tell how long messages wait, of what queues are, and how far readers of streams are behind', async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const queue = await session.queue(channel, { exclusive: true })
    const stream = await session.queue(channel, { durable: true, arguments: { 'x-queue-type': 'stream' } })
    channel.sendToQueue(queue, Buffer.from('waits'))
    const { value, types } = await scrape('/per-object')
    assert.equal(value('rabbitmq_queue_info', { queue: stream, queue_type: 'rabbit_stream_queue' }), 1)
    assert.equal(types.get('lapine_queue_message_wait_seconds'), 'histogram')
    assert.ok(value('lapine_queue_oldest_message_age_seconds', { queue })! >= 0)
    await channel.prefetch(1)
    await channel.consume(stream, () => {}, { arguments: { 'x-stream-offset': 'first' } })
    const path = '/detailed?family=stream_consumer_metrics&family=exchange_names&family=exchange_bindings'
    const detailed = await scrape(path)
    assert.equal(detailed.value('rabbitmq_detailed_stream_consumer_max_offset_lag', { queue: stream }), 0)
    assert.equal(detailed.value('rabbitmq_cluster_exchange_name', { exchange: 'amq.topic', type: 'topic' }), 1)
    assert.ok(detailed.value('rabbitmq_cluster_exchange_bindings', { exchange: 'amq.topic' })! >= 0)
  })

  test('have every series that our own dashboard asks for, with the labels it groups by', async () => {
    const { series } = await scrape()
    const text = readFileSync(new URL('../../docs/grafana-lapine.json', import.meta.url), 'utf8')
    const { panels } = JSON.parse(text) as { panels: { targets: { expr: string }[] }[] }
    const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    assert.ok(queries.length > 15)
    for (const query of queries) {
      for (const [name] of query.matchAll(/\b(?:rabbitmq|lapine)_[a-z_]+(?=[\s{[)]|$)/g)) {
        const found = series.filter((one) => one.name === name)
        assert.ok(found.length > 0 || name.endsWith('_cluster') || name.endsWith('_node'), `${name} of ${query}`)
      }
      const [, grouped = ''] = /\bby\(([^)]*)\)/.exec(query) ?? []
      const known = new Set(series.flatMap(({ labels }) => Object.keys(labels)))
      for (const label of grouped.split(/[\s,]+/).filter((one) => one !== '')) assert.ok(known.has(label), label)
    }
  })

  test('count dead letters that arrived, where they are published at least once', async (t) => {
    const name = 'rabbitmq_global_messages_dead_lettered_confirmed_total'
    const labels = { queue_type: 'rabbit_quorum_queue', dead_letter_strategy: 'at_least_once' }
    const earlier = (await scrape()).value(name, labels)!
    const session = await broker.open(t)
    const channel = await session.confirmChannel()
    const graves = await session.queue(channel, { durable: true })
    const queue = await session.queue(channel, {
      durable: true,
      arguments: {
        ...{ 'x-queue-type': 'quorum', 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' },
        ...{ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': graves },
      },
    })
    channel.sendToQueue(queue, Buffer.from('dies'), { persistent: true })
    await channel.waitForConfirms()
    const message = await channel.get(queue)
    assert.ok(message)
    channel.reject(message, false)
    await eventually(
      async () => (await scrape()).value(name, labels)!,
      (count) => count === earlier + 1,
      'the dead letter to arrive',
    )
  })

  test('have every metric of every family of RabbitMQ, of its kind', async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    await session.queue(channel, { exclusive: true })
    const known = readFileSync(new URL('../golden/rabbitmq-metrics.txt', import.meta.url), 'utf8')
      .trim()
      .split('\n')
    const rows = known.map((line) => line.split(' ') as [family: string, name: string, type: string])
    const families = [...new Set(rows.map(([family]) => family))]
    const { types } = await scrape(`/detailed?${families.map((family) => `family=${family}`).join('&')}`)
    const other = rows.filter(([, name, type]) => types.get(`rabbitmq_detailed_${name}`) !== type)
    // Who confirms does not know the exchange any more, and pairs of queues and exchanges are not counted.
    assert.deepEqual(
      other.map(([, name]) => name),
      ['exchange_messages_confirmed_total', 'queue_exchange_messages_published_total'],
    )
  })

  test('tell where the memory is; other paths and methods are refused', async () => {
    const { value } = await scrape('/memory-breakdown')
    assert.ok(value('rabbitmq_memory_total_rss_bytes')! > 0)
    assert.ok(value('rabbitmq_memory_binary_bytes')! > 0)
    assert.equal((await fetch(`${url}/nope`)).status, 404)
    assert.equal((await fetch(url, { method: 'POST', body: 'x' })).status, 405)
  })
})

describe('metrics for those who log in', only({ lapine: 'it is a setting' }), () => {
  const closed = withBroker({ configuration: 'prometheus.authentication.enabled = true' })

  test('are refused to everybody else', async () => {
    assert.ok(closed.running instanceof Lapine)
    const ask = async (login?: string) => {
      const headers: Record<string, string> = login === undefined ? {} : { authorization: `Basic ${btoa(login)}` }
      return (await fetch((closed.running as Lapine).metricsUrl, { headers })).status
    }
    assert.deepEqual([await ask(), await ask('guest:wrong'), await ask('guest:guest')], [401, 401, 200])
  })
})

describe('metrics with queues left out of the sums', only({ lapine: 'it is a setting' }), () => {
  const filtered = withBroker({ configuration: 'prometheus.filter_aggregated_queue_metrics_pattern = ^amq\\.gen' })

  test('have these alone, and all others together', async (t) => {
    const session = await filtered.open(t)
    const channel = await session.confirmChannel()
    const { queue: out } = await channel.assertQueue('', { exclusive: true })
    const within = await session.queue(channel, { exclusive: true })
    for (const queue of [out, out, within]) channel.sendToQueue(queue, Buffer.from('x'))
    await channel.waitForConfirms()
    const read = async (path: string) => {
      const response = await fetch(`${(filtered.running as Lapine).metricsUrl}${path}`)
      return readMetrics(await response.text()).series
    }
    const ready = ({ name }: { name: string }) => name === 'rabbitmq_queue_messages_ready'
    assert.deepEqual(
      (await read('')).filter(ready).map(({ value }) => value),
      [1],
    )
    assert.deepEqual(
      (await read('/per-object'))
        .filter(ready)
        .map(({ value }) => value)
        .sort(),
      [1, 2],
    )
  })
})
