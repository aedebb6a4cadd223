import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { Lapine } from '../support/lapine.ts'
import { only } from '../support/target.ts'

describe('types that are switched off', only({ lapine: 'it is a setting' }), () => {
  const broker = withBroker({
    configuration: [
      'queue_types.quorum.enabled = false',
      'exchange_types.local_random.enabled = false',
      'cluster_tags.region = eu',
      'node_tags.disk = fast',
    ].join('\n'),
  })

  test('are refused in declarations, and others are not', async (t) => {
    const session = await broker.open(t)
    const attempt = async (type: string) => {
      const channel = await session.channel()
      return await channel
        .assertQueue(`of-${type}`, { durable: true, arguments: { 'x-queue-type': type } })
        .then(() => channel.deleteQueue(`of-${type}`))
        .then(() => 'declared')
        .catch((error: Error) => error.message)
    }
    assert.equal(await attempt('classic'), 'declared')
    assert.equal(await attempt('stream'), 'declared')
    assert.match(await attempt('quorum'), /PRECONDITION_FAILED - invalid arg 'x-queue-type' for queue 'of-quorum'/)
    const channel = await session.channel()
    await assert.rejects(channel.assertExchange('e', 'x-local-random'), /unknown exchange type 'x-local-random'/)
  })

  test('are not what an import brings, and tags are shown', async () => {
    assert.ok(broker.running instanceof Lapine)
    const url = broker.running.httpUrl
    const headers = { authorization: `Basic ${btoa('guest:guest')}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ queues: [{ name: 'q', vhost: '/', durable: true, type: 'quorum', arguments: {} }] })
    const answer = await fetch(`${url}/definitions`, { method: 'POST', headers, body })
    assert.equal(answer.status, 400)
    const overview = (await (await fetch(`${url}/overview`, { headers })).json()) as Record<string, unknown>
    assert.deepEqual([overview.cluster_tags, overview.node_tags], [{ region: 'eu' }, { disk: 'fast' }])
  })
})
