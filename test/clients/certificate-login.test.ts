import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { connect, credentials } from 'amqplib'
import { type Identity, TestAuthority, TestFolder } from '../support/certificates.ts'
import { Lapine } from '../support/lapine.ts'
import { only } from '../support/target.ts'
import { missing, runWorkload } from './workload.ts'

const configured = only({ lapine: 'it sets up a TLS listener of its own' })
const python = process.env.LAPINE_PYTHON ?? 'python3'
const noPika = missing('pika', [python, '-c', 'import pika'])

const day = 86_400_000
const authority = new TestAuthority()
const server = authority.issue({ names: [['dns', 'localhost']], usage: 'server' })
const known = authority.issue({ subject: 'ann', usage: 'client' })

/** Who comes with a certificate, and what becomes of it. */
const visitors: readonly (readonly [who: string, identity: Identity, answer: 'in' | 'refused' | 'no TLS'])[] = [
  ['a certificate of a user', known, 'in'],
  ['a certificate of nobody', authority.issue({ subject: 'bob', usage: 'client' }), 'refused'],
  [
    'a certificate of another authority in a user’s name',
    new TestAuthority().issue({ subject: 'ann', usage: 'client' }),
    'no TLS',
  ],
  [
    'a certificate that has expired',
    authority.issue({ subject: 'ann', usage: 'client', validTo: new Date(Date.now() - day) }),
    'no TLS',
  ],
  [
    'a certificate that is not valid yet',
    authority.issue({ subject: 'ann', usage: 'client', validFrom: new Date(Date.now() + day) }),
    'no TLS',
  ],
]

/** The settings of docs/authentication.md for logins by certificate. */
async function start(t: TestContext): Promise<{ broker: Lapine; folder: TestFolder }> {
  const folder = new TestFolder()
  const configuration = [
    'listeners.ssl.default = 127.0.0.1:0',
    `ssl_options.cacertfile = ${folder.write('ca.pem', authority.cert)}`,
    `ssl_options.certfile = ${folder.write('server.pem', server.cert)}`,
    `ssl_options.keyfile = ${folder.write('server-key.pem', server.key)}`,
    'ssl_options.verify = verify_peer',
    'ssl_options.fail_if_no_peer_cert = true',
    'auth_mechanisms.1 = EXTERNAL',
    'auth_mechanisms.2 = PLAIN',
    'ssl_cert_login_from = common_name',
    'default_user = ann',
  ].join('\n')
  const broker = await Lapine.start({ configuration })
  t.after(async () => {
    await broker.stop()
    folder.remove()
  })
  return { broker, folder }
}

test('amqplib logs in by certificate, if it is a good one of a user', configured, async (t) => {
  const { broker } = await start(t)
  for (const [who, { cert, key }, answer] of visitors) {
    await t.test(who, async () => {
      const to = { protocol: 'amqps', hostname: 'localhost', port: broker.tlsPort }
      const opening = connect(to, { cert, key, ca: [authority.cert], credentials: credentials.external() })
      if (answer === 'refused') return assert.rejects(opening, /403 \(ACCESS-REFUSED\).*mechanism EXTERNAL/)
      if (answer === 'no TLS') return assert.rejects(opening, /certificate|alert|ECONNRESET|Socket closed/)
      const connection = await opening
      const channel = await connection.createChannel()
      const { queue } = await channel.assertQueue('', { exclusive: true })
      channel.sendToQueue(queue, Buffer.from('mine'), { userId: 'ann' })
      const message = await channel.get(queue)
      assert.ok(message)
      await connection.close()
    })
  }
})

const withPika = noPika === undefined ? configured : { skip: noPika }
test('pika logs in by certificate, if it is a good one of a user', withPika, async (t) => {
  const { broker, folder } = await start(t)
  const answers = { in: ['in', true], refused: ['refused by the broker'], 'no TLS': ['refused by TLS'] }
  for (const [who, { cert, key }, answer] of visitors) {
    await t.test(who, async () => {
      const files = [`${folder.path}/ca.pem`, folder.write('client.pem', cert), folder.write('client-key.pem', key)]
      const said = await runWorkload([python, 'pika_certificate.py', String(broker.tlsPort), ...files])
      assert.deepEqual(
        said.map((line) => JSON.parse(line)),
        [answers[answer]],
      )
    })
  }
})
