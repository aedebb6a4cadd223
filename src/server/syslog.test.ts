import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { readSettings } from './configuration.ts'
import { openLogger } from './logger.ts'

async function loggerFor(content: string) {
  const lines = `log.console = false\nlog.syslog = true\nlog.syslog.host = 127.0.0.1\n${content}`
  return openLogger(
    (await readSettings([{ path: 'f', content: lines }], {}, {})).settings.log,
    () => 1_795_237_200_123_456,
  )
}

const time = '2026-11-21 05:00:00.123456+00:00'
const rest = `<0.${process.pid}.0>`

test('lines go to a syslog server in datagrams', async () => {
  const server = createSocket('udp4')
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  const logger = await loggerFor(`log.syslog.port = ${server.address().port}\nlog.syslog.facility = local3`)
  const came = once(server, 'message')
  logger.error('lost')
  const [message] = (await came) as [Buffer]
  // 19 * 8 + 3
  assert.match(message.toString(), new RegExp(`^<155>1 2026-11-21T05:00:00\\.123Z \\S+ rabbitmq ${process.pid} - - `))
  assert.ok(message.toString().endsWith(`${time} [error] ${rest} lost`))
  await logger.close()
  server.close()
})

test('lines go there over TCP, each behind its length', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'connection')
  const logger = await loggerFor(
    `log.syslog.transport = tcp\nlog.syslog.port = ${port}\nlog.syslog.protocol = rfc3164\n` +
      'log.syslog.identity = mq\nlog.syslog.formatter.plaintext.format = $msg\nlog.syslog.level = warning',
  )
  const [socket] = (await accepted) as [NodeJS.ReadableStream]
  logger.info('not this')
  logger.warning('one\ntwo')
  const closing = logger.close()
  let text = ''
  for await (const part of socket) text += part
  await closing
  const lines: string[] = []
  for (let rest = text; rest !== ''; ) {
    const [, length = ''] = /^(\d+) /.exec(rest) ?? []
    const begin = length.length + 1
    lines.push(rest.slice(begin, begin + Number(length)))
    rest = rest.slice(begin + Number(length))
  }
  assert.equal(lines.length, 2)
  assert.match(lines[0]!, new RegExp(`^<28>Nov 2\\d \\d\\d:00:00 \\S+ mq\\[${process.pid}\\]: one$`))
  assert.match(lines[1]!, /: two$/)
  server.close()
})
