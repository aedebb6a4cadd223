import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { HttpApi } from '../support/http-api.ts'
import { type CapturedRequest, capturedRequests, misshapen } from '../support/http-shape.ts'
import { Lapine } from '../support/lapine.ts'
import { makeShapeWorld, type ShapeWorld } from '../support/shape-world.ts'
import { only } from '../support/target.ts'

const broker = withBroker()

/** Where our answers differ, and why: a request, the place in its answer (all of it when absent), the reason. */
const differences: readonly (readonly [request: RegExp, place: RegExp, reason: string])[] = [
  [/^GET \/nodes/, /(config_files|log_files)\[\]/, 'this broker was started by a test, without files'],
  [/^GET \/connections\/\{connection\}$/, /^(ssl|peer_cert)/, 'null without TLS as in lists, not a text that says so'],
  [
    /^GET \/queues\/%2F\/payments$/,
    /^(open_files|single_active_consumer_tag)/,
    'there are no files of its own; null as in lists',
  ],
  [/^GET \/queues\/%2F\/payments$/, /^(messages|message_bytes)_dlx/, 'not counted apart'],
  [/^GET \/queues\/%2F\/payments$/, /^(delayed_retry|messages_\w+|publishers)/, 'not told of quorum queues here'],
  [/^GET \/queues\/quorum\//, /status/, 'one node has no Raft log'],
  [/shovel/, /./, 'there are no shovels'],
  [/^GET \/parameters\/federation-upstream/, /./, 'there is no federation'],
  [/^GET \/policies|^PUT \/policies\/%2F\/pb/, /regular expression/, "the reason is of our own engine's words"],
  [/^GET \/(definitions|global-parameters)$/, /^(global_parameters)?\[\]: nothing/, 'none are set on their own'],
  [/^GET \/whoami$/, /status 401, not 400/, 'whoever shows no credentials is asked for them'],
  [/^GET \/auth$/, /status 200, not 404/, 'how a page of older versions learns whether OAuth 2 is there'],
  [/^POST \/queues\/%2F\/event-log\/get/, /basic.get not supported/, 'the text without the code before it'],
]

describe('the HTTP API beside that of RabbitMQ 4.3.6', only({ lapine: 'where another serves it is not known' }), () => {
  let api: HttpApi
  let url: string
  let node: string
  let world: ShapeWorld

  before(async () => {
    assert.ok(broker.running instanceof Lapine)
    url = broker.running.httpUrl
    api = new HttpApi(url)
    node = (await api.get('/overview')).body.node
    world = await makeShapeWorld(api, broker.url)
  })
  after(() => world.close())

  test('answers every request that was captured with every key of its answer, as the same type', async () => {
    const wrong: string[] = []
    for (const captured of capturedRequests('4.3.6')) {
      const found = await compare(captured)
      const told = differences.filter(([request]) => request.test(captured.request))
      wrong.push(
        ...found
          .filter((one) => !told.some(([, place]) => place.test(one)))
          .map((one) => `${captured.request}: ${one}`),
      )
    }
    assert.deepEqual(wrong, [])
  })

  async function compare(captured: CapturedRequest): Promise<string[]> {
    const [method, path] = captured.request.split(' ') as [string, string]
    const asked = path
      .replace('{node}', encodeURIComponent(node))
      .replace('{connection}', encodeURIComponent(world.connection))
    const answer = await asker(captured).ask(method, asked, captured.body)
    if (answer.status !== captured.status) return [`status ${answer.status}, not ${captured.status}`]
    if (captured.location !== undefined) assert.equal(answer.headers.get('location'), captured.location)
    if (captured.shape !== undefined) {
      return misshapen(answer.body, JSON.parse(JSON.stringify(captured.shape).replaceAll('{node}', node)))
    }
    if (captured.answer === undefined) return []
    const [expected, got] = [JSON.stringify(captured.answer), JSON.stringify(answer.body ?? '')]
    return expected === got ? [] : [got]
  }

  function asker({ login }: CapturedRequest): HttpApi {
    return login === undefined ? api : new HttpApi(url, 'guest', login === 'no auth' ? null : 'wrong')
  }
})
