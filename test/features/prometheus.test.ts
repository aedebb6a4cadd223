import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { Lapine } from '../support/lapine.ts'
import { readMetrics } from '../support/metrics-text.ts'
import { only } from '../support/target.ts'

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

  test('tell where the memory is; other paths and methods are refused', async () => {
    const { value } = await scrape('/memory-breakdown')
    assert.ok(value('rabbitmq_memory_total_rss_bytes')! > 0)
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
