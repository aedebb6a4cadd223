import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { withBroker } from '../support/broker.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { only } from '../support/target.ts'

const broker = withBroker()
const execute = promisify(execFile)

/** RabbitMQ's script in Python, as Debian installs it. */
const script = '/usr/bin/rabbitmqadmin'
let api: HttpApi

/** What probes ask, and what a broker that is well answers. */
const probes: readonly (readonly [path: string, status: number])[] = [
  ...['alarms', 'local-alarms', 'virtual-hosts', 'node-is-quorum-critical', 'is-in-service', 'ready-to-serve-clients'],
  ...['reached-target-cluster-size', 'below-node-connection-limit', 'metadata-store/initialized'],
  ...['metadata-store/initialized/with-data', 'certificate-expiration/1/weeks', 'protocol-listener/amqp091,http'],
  ...['quorum-queues-without-elected-leaders/all-vhosts', 'quorum-queues-without-elected-leaders/vhost/%2F/pattern/.*'],
].map((name) => [`/health/checks/${name}`, 200] as const)

const refused: typeof probes = [
  ['/health/checks/port-listener/1', 503],
  ['/health/checks/port-listener/x', 400],
  ['/health/checks/protocol-listener/nope', 503],
  ['/health/checks/certificate-expiration/1/fortnights', 400],
  ['/healthchecks/node/other@host', 404],
]

describe('the HTTP API as tools use it', only({ lapine: 'where another broker serves it is not known' }), () => {
  before(() => {
    assert.ok(broker.running instanceof Lapine)
    api = new HttpApi(broker.running.httpUrl)
  })

  test('answers every probe', async () => {
    const asked: unknown[] = []
    for (const [path] of [...probes, ...refused]) asked.push([path, (await api.get(path)).status])
    assert.deepEqual(asked, [...probes, ...refused])
  })

  test('answers the queries of KEDA: one queue, and queues by a pattern', async () => {
    await api.put('/queues/%2F/keda.1', {})
    await api.put('/queues/%2F/keda.2', {})
    for (let n = 0; n < 3; n++) {
      const message = { routing_key: 'keda.1', payload: 'x', payload_encoding: 'string', properties: {} }
      await api.post('/exchanges/%2F/amq.default/publish', message)
    }
    const one = (await api.get('/queues/%2F/keda.1')).body
    assert.deepEqual([one.messages, one.messages_unacknowledged, one.message_stats.publish], [3, 0, 3])
    assert.equal(typeof one.message_stats.publish_details.rate, 'number')
    assert.equal(typeof one.message_stats.deliver_get_details.rate, 'number')
    const query = 'page=1&use_regex=true&pagination=false&name=%5Ekeda&page_size=100'
    const { items, page_count: pages } = (await api.get(`/queues/%2F?${query}`)).body
    assert.deepEqual([items.length, pages, items[0].messages], [2, 1, 3])
    for (const name of ['keda.1', 'keda.2']) await api.delete(`/queues/%2F/${name}`)
  })

  test('answers what the modules of Ansible expect when they run twice', async () => {
    const twice = async (ask: () => Promise<{ status: number }>) => [(await ask()).status, (await ask()).status]
    const exchange = { type: 'direct', durable: true, auto_delete: false, internal: false, arguments: {} }
    assert.deepEqual(await twice(() => api.put('/exchanges/%2F/ansible', exchange)), [201, 204])
    assert.deepEqual(await twice(() => api.put('/queues/%2F/ansible', { durable: true, arguments: {} })), [201, 204])
    const binding = '/bindings/%2F/e/ansible/q/ansible'
    assert.equal((await api.get(`${binding}/key`)).status, 404)
    assert.equal((await api.post(binding, { routing_key: 'key', arguments: {} })).status, 201)
    assert.equal((await api.get(`${binding}/key`)).status, 200)
    assert.deepEqual(await twice(() => api.delete(`${binding}/key`)), [204, 404])
    assert.deepEqual(await twice(() => api.delete('/queues/%2F/ansible')), [204, 404])
    assert.deepEqual(await twice(() => api.delete('/exchanges/%2F/ansible')), [204, 404])
  })

  const skipped = existsSync(script) ? {} : { skip: `${script} is not installed` }
  test('does what rabbitmqadmin of RabbitMQ 3 asks', skipped, async () => {
    assert.ok(broker.running instanceof Lapine)
    const { port } = new URL(broker.running.httpUrl)
    const run = async (line: string) => {
      const { stdout } = await execute(script, ['-P', port, '-f', 'tsv', '-q', ...line.split(' ')])
      return stdout
    }
    await run('declare exchange name=adm.x type=topic')
    await run('declare queue name=adm.q durable=true queue_type=classic')
    await run('declare binding source=adm.x destination=adm.q routing_key=a.*')
    await run('declare policy name=adm.p pattern=^adm definition={"max-length":5} apply-to=queues')
    await run('publish exchange=adm.x routing_key=a.b payload=hello')
    assert.match(await run('get queue=adm.q ackmode=ack_requeue_false'), /hello/)
    assert.match(await run('list queues name messages policy'), /^adm\.q\t0\tadm\.p$/m)
    for (const list of ['exchanges', 'bindings', 'users', 'vhosts', 'permissions', 'nodes', 'policies', 'parameters']) {
      await run(`list ${list}`)
    }
    assert.match(await run('show overview'), /4\.3\.6/)
    await run('purge queue name=adm.q')
    await run('delete binding source=adm.x destination_type=queue destination=adm.q properties_key=a.%2A')
    await run('delete policy name=adm.p')
    await run('delete queue name=adm.q')
    await run('delete exchange name=adm.x')
    assert.doesNotMatch(await run('list queues name'), /adm/)
  })
})
