import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { TestAuthority } from '../../test/support/certificates.ts'
import { FakeHttpService } from '../../test/support/http-backend.ts'
import { noListeners } from '../../test/support/no-listeners.ts'
import { internalActor } from '../broker/administration/actor.ts'
import { silentLogger } from '../std/logger.ts'
import { readSettings } from './configuration.ts'
import { type Server, startServer } from './server.ts'
import { StartRefusal } from './start-refusal.ts'

const folder = mkdtempSync(join(tmpdir(), 'lapine-definitions-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const actor = internalActor('test')

/** A vhost, a user and queues of these names. */
function definitionsOf(...queues: string[]): string {
  return JSON.stringify({
    users: [{ name: 'ann', password: 'secret', tags: 'administrator' }],
    vhosts: [{ name: 'shop' }],
    permissions: [{ user: 'ann', vhost: 'shop', configure: '.*', write: '.*', read: '.*' }],
    queues: queues.map((name) => ({ name, vhost: 'shop', durable: true, auto_delete: false, arguments: {} })),
  })
}

let serial = 0

/** A path with these files: one of that content, or a folder of them. */
function place(content: string | Readonly<Record<string, string>>): string {
  const path = join(folder, `definitions-${++serial}${typeof content === 'string' ? '.json' : ''}`)
  if (typeof content === 'string') writeFileSync(path, content)
  else {
    mkdirSync(path)
    for (const [name, text] of Object.entries(content)) writeFileSync(join(path, name), text)
  }
  return path
}

async function start(configuration: string, dataDirectory?: string): Promise<Server> {
  const files = [
    {
      path: 'test.conf',
      content: `${noListeners}\n${configuration}`,
    },
  ]
  const { settings } = await readSettings(files, {}, {})
  return startServer({ settings, dataDirectory, logger: silentLogger })
}

async function contentOf({ broker }: Server): Promise<{ vhosts: string[]; users: string[]; queues: string[] }> {
  const { vhosts, users, topology } = broker.administration
  return {
    vhosts: (await vhosts.list(actor)).map(({ name }) => name),
    users: (await users.list(actor)).map(({ name }) => name),
    queues: (await topology.listQueues(actor)).map(({ name }) => name),
  }
}

describe('definitions at the start', () => {
  it('are read, and stand in for the default user and virtual host', async () => {
    for (const key of ['load_definitions', 'management.load_definitions', 'definitions.local.path']) {
      const server = await start(`${key} = ${place(definitionsOf('orders'))}`)
      assert.deepEqual(await contentOf(server), { vhosts: ['shop'], users: ['ann'], queues: ['orders'] })
      await server.close()
    }
  })

  it('may be a folder of files, read in the order of their names', async () => {
    const files = { '2.json': definitionsOf('b'), '1.json': `\uFEFF${definitionsOf('a')}`, 'notes.txt': 'no JSON' }
    const server = await start(
      `definitions.import_backend = local_filesystem\ndefinitions.local.path = ${place(files)}`,
    )
    assert.deepEqual((await contentOf(server)).queues, ['a', 'b'])
    await server.close()
  })

  it('are read again at every start, and leave alone what came since', async () => {
    const dataDirectory = join(folder, 'again')
    const configuration = `load_definitions = ${place(definitionsOf('orders'))}`
    const first = await start(configuration, dataDirectory)
    await first.broker.administration.users.delete(actor, 'ann')
    await first.broker.administration.vhosts.put(actor, 'other')
    await first.close()
    const second = await start(configuration, dataDirectory)
    assert.deepEqual(await contentOf(second), { vhosts: ['shop', 'other'], users: ['ann'], queues: ['orders'] })
    await second.close()
  })

  it('are passed over when they are what they were, if that is wanted', async () => {
    const dataDirectory = join(folder, 'unchanged')
    const path = place(definitionsOf('orders'))
    const configuration = `load_definitions = ${path}\ndefinitions.skip_if_unchanged = true`
    const first = await start(configuration, dataDirectory)
    await first.broker.administration.users.delete(actor, 'ann')
    await first.close()
    const second = await start(configuration, dataDirectory)
    assert.deepEqual((await contentOf(second)).users, [])
    await second.close()
    writeFileSync(path, definitionsOf('orders', 'more'))
    const third = await start(configuration, dataDirectory)
    assert.deepEqual(await contentOf(third), { vhosts: ['shop'], users: ['ann'], queues: ['orders', 'more'] })
    const { global_parameters: parameters } = await third.broker.administration.definitions.export(actor)
    assert.deepEqual(parameters, [])
    await third.close()
  })

  it('may be got from a service, over TLS, behind a redirection', async (t) => {
    const authority = new TestAuthority()
    const service = await FakeHttpService.start(
      ({ path }) =>
        path === '/moved' ? { status: 302, body: '', headers: { location: '/d.json' } } : definitionsOf('orders'),
      authority.issue({ names: [['dns', 'localhost']], usage: 'server' }),
    )
    t.after(() => service.stop())
    const authorities = place({ 'ca.pem': authority.cert })
    const source = [
      'definitions.import_backend = https',
      'load_definitions = /nowhere.json',
      'definitions.skip_if_unchanged = true',
      'definitions.hashing.algorithm = sha512',
    ].join('\n')
    const dataDirectory = join(folder, 'downloaded')
    const trusting = `${source}\ndefinitions.tls.cacertfile = ${join(authorities, 'ca.pem')}`
    const first = await start(`${trusting}\ndefinitions.https.url = ${service.url}/moved?token=s3cret`, dataDirectory)
    assert.deepEqual(await contentOf(first), { vhosts: ['shop'], users: ['ann'], queues: ['orders'] })
    await first.broker.administration.users.delete(actor, 'ann')
    await first.close()
    const second = await start(`${trusting}\ndefinitions.https.url = ${service.url}/d.json`, dataDirectory)
    assert.deepEqual((await contentOf(second)).users, [], 'what is as it was is not read again')
    await second.close()
    await assert.rejects(start(`${source}\ndefinitions.https.url = ${service.url}/d.json?token=s3cret`), (error) => {
      assert.ok(error instanceof StartRefusal)
      assert.match(error.message, /^cannot read the definitions at https:\/\/localhost:\d+\/d\.json: .*certificate/)
      return true
    })
    service.answer = () => ({ status: 404, body: '' })
    await assert.rejects(start(`${trusting}\ndefinitions.https.url = ${service.url}/d.json`), {
      message: /URL request failed with response code 404$/,
    })
  })

  it('that cannot be read keep the broker from starting, and it says why', async () => {
    const bad = place('{"queues": [')
    const rows: readonly (readonly [path: string, message: RegExp])[] = [
      [join(folder, 'missing.json'), /^cannot read the definitions at .*missing\.json: ENOENT/],
      [bad, new RegExp(`^cannot read the definitions in ${bad}: .*JSON`)],
      [
        place('{"vhosts": [{"name": "v"}], "queues": [{"name": "q"}]}'),
        /Virtual host does not exist and is not specified/,
      ],
    ]
    for (const [path, message] of rows) {
      await assert.rejects(start(`load_definitions = ${path}`), (error) => {
        return error instanceof StartRefusal && message.test(error.message)
      })
    }
  })
})
