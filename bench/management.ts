import { get } from 'node:http'
import { internalActor } from '../src/broker/administration/actor.ts'
import { readSettings } from '../src/server/configuration.ts'
import { type Server, startServer } from '../src/server/server.ts'
import { LogBook } from '../test/support/lapine.ts'

/**
 * How long a page of 100 of many queues takes, by what it is sorted and filtered, and how large it is: broker and client
 * in one process, so that the figures are upper bounds. `node bench/management.ts [queues] [requests]`.
 */
const queueCount = Number(process.argv[2] ?? 10_000)
const requestCount = Number(process.argv[3] ?? 100)

const pages = {
  'as they are': '',
  'by name': '&sort=name',
  'by name, from the end': '&sort=name&sort_reverse=true',
  'by messages': '&sort=messages&sort_reverse=true',
  'by rate': '&sort=message_stats.publish_details.rate&sort_reverse=true',
  'by memory': '&sort=memory',
  'with a text in the name': '&name=9&sort=messages',
  'by a regular expression': '&name=%5Eq.*7%24&use_regex=true',
  'without statistics': '&disable_stats=true&enable_queue_totals=true',
}

const server = await start()
const url = `http://127.0.0.1:${server.listeners.find(({ protocol }) => protocol === 'http')!.port}/api`
await declare(queueCount)
console.log(`${queueCount} queues, pages of 100, ${requestCount} requests each: milliseconds, bytes gzipped`)
console.log(`${''.padEnd(26)}${'p50'.padStart(8)}${'p99'.padStart(8)}${'bytes'.padStart(9)}`)
for (const [title, query] of Object.entries(pages)) await measure(title, `/queues?page=1&page_size=100${query}`)
await measure('one queue', '/queues/%2F/q-5000')
await measure('overview', '/overview')
await server.close()

async function start(): Promise<Server> {
  const { settings } = await readSettings([], {}, { port: '0', host: '127.0.0.1' })
  return startServer({ settings, dataDirectory: undefined, logger: new LogBook() })
}

async function declare(count: number): Promise<void> {
  const access = await server.broker.administration.topology.open(internalActor('bench'), '/')
  for (let n = 0; n < count; n++) {
    await access.declareQueue({ name: `q-${n}`, durable: true, exclusive: false, autoDelete: false, arguments: [] })
  }
  access.close()
}

async function measure(title: string, path: string): Promise<void> {
  const took: number[] = []
  let bytes = 0
  for (let n = 0; n < requestCount + 5; n++) {
    const begun = performance.now()
    bytes = await ask(path)
    // The first ones warm up.
    if (n >= 5) took.push(performance.now() - begun)
  }
  took.sort((a, b) => a - b)
  const at = (part: number) => took[Math.min(took.length - 1, Math.floor(took.length * part))]!.toFixed(1).padStart(8)
  console.log(`${title.padEnd(26)}${at(0.5)}${at(0.99)}${String(bytes).padStart(9)}`)
}

function ask(path: string): Promise<number> {
  const headers = { authorization: `Basic ${btoa('guest:guest')}`, 'accept-encoding': 'gzip' }
  return new Promise((resolve, reject) => {
    get(`${url}${path}`, { headers }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      response.on('end', () => {
        if (response.statusCode === 200) resolve(bytes)
        else reject(new Error(`${path}: ${response.statusCode}`))
      })
    }).on('error', reject)
  })
}
