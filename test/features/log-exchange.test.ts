import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ConsumeMessage, connect } from 'amqplib'
import { readSettings } from '../../src/server/configuration.ts'
import { openLogger } from '../../src/server/logger.ts'
import { startServer } from '../../src/server/server.ts'
import { only } from '../support/target.ts'

test('the log is published by its levels', only({ lapine: 'it is a setting' }), async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'lapine-log-exchange-'))
  const content = [
    ...['log.console = false', 'log.exchange = true', 'log.exchange.formatter = json'],
    'log.exchange.formatter.json.field_map = level msg domain *:-',
  ].join('\n')
  const { settings } = await readSettings([{ path: 'f', content }], {}, { port: '0', host: '127.0.0.1' })
  const logger = openLogger(settings.log)
  const server = await startServer({ settings, dataDirectory: directory, logger })
  const connection = await connect(`amqp://guest:guest@127.0.0.1:${server.listeners[0]!.port}`)
  t.after(async () => {
    await connection.close()
    await server.close()
    rmSync(directory, { recursive: true, force: true })
  })
  const channel = await connection.createChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  await channel.bindQueue(queue, 'amq.rabbitmq.log', 'warning')
  const heard = new Promise<ConsumeMessage>((resolve) => {
    void channel.consume(queue, (message) => resolve(message!), { noAck: true })
  })
  logger.info('not bound')
  logger.category('queue').warning('look here')
  const { content: body, fields, properties } = await heard
  assert.equal(body.toString(), '{"level":"warning","msg":"look here","domain":"rabbitmq.queue"}\n')
  assert.equal(fields.exchange, 'amq.rabbitmq.log')
  assert.equal(fields.routingKey, 'warning')
  assert.equal(properties.contentType, 'application/json')
  assert.match(properties.headers?.node as string, /@/)
  assert.ok(Math.abs((properties.timestamp as number) - Date.now() / 1000) < 100)
})
