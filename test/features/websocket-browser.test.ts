import assert from 'node:assert/strict'
import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { withBroker } from '../support/broker.ts'
import { Lapine } from '../support/lapine.ts'
import { only } from '../support/target.ts'
import { within } from '../support/waiting.ts'

const broker = withBroker()

/** Where a browser may be. */
const programs = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const chromium = programs.find((path) => path !== undefined && existsSync(path))
const skip = chromium === undefined ? { skip: 'there is no Chromium on this machine' } : {}

const bundle = (path: string) => fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url))

/** What the page does, with the libraries as a browser has them. */
const script = `
const once = (begin) => new Promise((resolve, reject) => { begin(resolve, reject); setTimeout(() => reject(new Error('too late')), 20000) })
async function byMqtt(url) {
  const client = mqtt.connect(url, { username: 'guest', password: 'guest', protocolVersion: 5, reconnectPeriod: 0 })
  try {
    return await once((resolve, reject) => {
      client.on('error', reject)
      client.on('message', (topic, payload) => resolve(topic + ' ' + payload))
      client.on('connect', () => client.subscribe('browser/#', { qos: 2 }, () => client.publish('browser/x', 'hello', { qos: 2 })))
    })
  } finally { client.end(true) }
}
async function byStomp(url) {
  const client = new StompJs.Client({ brokerURL: url, connectHeaders: { login: 'guest', passcode: 'guest' }, reconnectDelay: 0 })
  try {
    return await once((resolve, reject) => {
      client.onStompError = (frame) => reject(new Error(frame.body))
      client.onWebSocketClose = () => reject(new Error('closed'))
      client.onConnect = () => {
        client.subscribe('/topic/browser.stomp', (message) => resolve(message.headers.destination + ' ' + message.body))
        client.publish({ destination: '/topic/browser.stomp', body: 'grüße' })
      }
      client.activate()
    })
  } finally { client.onWebSocketClose = () => {}; await client.deactivate() }
}
async function byAmqp(url) {
  const { AMQPWebSocketClient } = await import('/amqp.mjs')
  const client = new AMQPWebSocketClient(url, '/', 'guest', 'guest')
  await client.connect()
  const channel = await client.channel()
  const { name } = await channel.queueDeclare('', { exclusive: true })
  await channel.confirmSelect()
  await channel.basicPublish('', name, 'rabbits')
  const message = await channel.basicGet(name, { noAck: true })
  await client.close()
  return message.bodyString()
}`

describe('in a browser', { ...only({ lapine: 'another broker need not speak over WebSocket' }), ...skip }, () => {
  test('MQTT.js, stompjs and amqp-client', async (t) => {
    assert.ok(broker.running instanceof Lapine)
    const pages = createServer((request, response) => {
      const isModule = request.url === '/amqp.mjs'
      response.setHeader('content-type', isModule ? 'text/javascript' : 'text/html')
      if (isModule) {
        createReadStream(bundle('@cloudamqp/amqp-client/dist/amqp-websocket-client.mjs')).pipe(response)
      } else response.end('<!doctype html><title>clients</title>')
    })
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
    t.after(() => {
      pages.closeAllConnections()
      pages.close()
    })
    const { chromium: browserType } = await import('playwright-core')
    const browser = await browserType.launch({ executablePath: chromium!, args: ['--no-sandbox'] })
    t.after(() => browser.close())
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`)
    await page.addScriptTag({ path: bundle('mqtt/dist/mqtt.min.js') })
    await page.addScriptTag({ path: bundle('@stomp/stompjs/bundles/stomp.umd.min.js') })
    await page.addScriptTag({ content: script })
    const { running } = broker
    const at = (listener: string) => `ws://127.0.0.1:${running.portOf(listener)}/ws`
    const run = (name: string, url: string) => within(page.evaluate(`${name}(${JSON.stringify(url)})`), name)
    assert.equal(await run('byMqtt', at('http/web-mqtt')), 'browser/x hello')
    assert.equal(await run('byStomp', at('http/web-stomp')), '/topic/browser.stomp grüße')
    assert.equal(await run('byAmqp', at('http')), 'rabbits')
  })
})
