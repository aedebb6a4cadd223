import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { operatorOf } from '../support/operator.ts'
import { only } from '../support/target.ts'

const broker = withBroker()
const lapine = only({ lapine: 'it goes through all routes there are' })

/** Something that is whatever is asked of it, so that the routes can be listed without a broker. */
const anything: unknown = new Proxy(() => undefined, { get: () => anything, apply: () => anything })

interface Target {
  readonly method: string
  readonly path: string
}

/** Every route, with something that exists for each part of its path. */
async function targets(): Promise<Target[]> {
  const { allRoutes } = await import('../../src/plugins/management/routes/all.ts')
  const known: Readonly<Record<string, string>> = {
    vhost: '%2F',
    queue: 'q',
    exchange: 'amq.topic',
    source: 'amq.topic',
    user: 'guest',
    node: 'any',
  }
  const all = allRoutes(anything as never)
  // The login page asks them.
  const open = all.filter(({ isPublic }) => isPublic)
  assert.deepEqual(open.map(({ method, path }) => `${method} ${path}`).sort(), ['GET /auth', 'POST /login'])
  return all
    .filter(({ isPublic }) => !isPublic)
    .map(({ method, path }) => ({
      method,
      path: path.replace(/:(\w+)/g, (_, part: string) => known[part] ?? 'q'),
    }))
}

/** Enough for any of them. */
const body = {
  password: 'x',
  tags: '',
  configure: '.*',
  write: '.*',
  read: '.*',
  exchange: 'amq.topic',
  pattern: '.*',
  definition: { 'max-length': 1 },
  value: 1,
  type: 'direct',
  routing_key: '',
  payload: 'x',
  payload_encoding: 'string',
  properties: {},
  count: 1,
  ackmode: 'ack_requeue_true',
  encoding: 'auto',
  action: 'sync',
  name: 'q',
  users: [],
  queues: [{ vhost: '/', name: 'q' }],
}

/** Those routes that answer something else than that it is not permitted. */
async function open(api: HttpApi, all: readonly Target[]): Promise<string[]> {
  const answered: string[] = []
  for (const { method, path } of all) {
    const reads = method === 'GET' || method === 'DELETE'
    const { status } = await api.ask(method, path, reads ? undefined : body)
    if (status !== 401) answered.push(`${method} ${path} ${status}`)
  }
  return answered
}

describe('the routes of the HTTP API', lapine, () => {
  let url: string
  let all: Target[]

  before(async () => {
    assert.ok(broker.running instanceof Lapine)
    url = broker.running.httpUrl
    all = await targets()
    const operator = operatorOf(broker.running)
    await operator.putUser('untagged', 'untagged')
    await operator.setPermissions('untagged', '/', { configure: '.*', write: '.*', read: '.*' })
    await operator.putUser('manager', 'manager', ['management'])
    await new HttpApi(url).put('/queues/%2F/q', {})
  })

  test('are closed to those without a login and to users without a tag', async () => {
    assert.ok(all.length > 100)
    assert.deepEqual(await open(new HttpApi(url, 'guest', null), all), [])
    assert.deepEqual(await open(new HttpApi(url, 'untagged', 'untagged'), all), [])
  })

  test('let a manager without permissions change nothing', async () => {
    // Connections that are not its own it does not even see, and looking on is no change.
    const unchanging = ['/connections/q', '/x/events', '/x/jobs/q']
    const changing = all.filter(({ method, path }) => method !== 'GET' && !unchanging.includes(path))
    assert.deepEqual(await open(new HttpApi(url, 'manager', 'manager'), changing), [])
  })

  test('show of a virtual host what is in it to those who may see it, if it is there', async () => {
    const [manager, administrator] = [new HttpApi(url, 'manager', 'manager'), new HttpApi(url)]
    for (const kind of ['connections', 'channels']) {
      assert.equal((await manager.get(`/vhosts/%2F/${kind}`)).status, 401)
      assert.equal((await administrator.get(`/vhosts/%2F/${kind}`)).status, 200)
      assert.equal((await administrator.get(`/vhosts/none/${kind}`)).status, 404)
    }
  })
})
