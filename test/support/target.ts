import type { Login } from './wire-client.ts'
import { greet } from './wire-login.ts'

/** Which broker the suite talks to. */
export type Flavour = 'lapine' | 'rabbitmq-3' | 'rabbitmq-4'

/** The broker named by `BROKER_URL`, if the suite shall use a running one instead of starting Lapine. */
export const brokerUrl = process.env.BROKER_URL

/** What that broker is; Lapine when the suite starts its own. */
export const flavour: Flavour = brokerUrl === undefined ? 'lapine' : await identify(brokerUrl)

/** Host, port and credentials of an AMQP URL. */
export function loginOf(url: string): Login {
  const { hostname, port, username, password, pathname } = new URL(url)
  return {
    host: hostname,
    port: Number(port === '' ? 5672 : port),
    user: decodeURIComponent(username || 'guest'),
    password: decodeURIComponent(password || 'guest'),
    vhost: pathname.length > 1 ? decodeURIComponent(pathname.slice(1)) : '/',
  }
}

/** Test options that skip a test where it cannot hold, saying why. */
export function only(where: { lapine: string }): { skip?: string } {
  return brokerUrl === undefined ? {} : { skip: `Lapine only: ${where.lapine}` }
}

/**
 * Test options that skip a test on RabbitMQ 3.x, which does otherwise. `entry` is the heading in
 * docs/rabbitmq-differences.md that says what it does and why.
 */
export function since4(entry: string): { skip?: string } {
  return flavour === 'rabbitmq-3' ? { skip: `differs in RabbitMQ 3: ${entry}` } : {}
}

/** The expectation that fits the broker under test, where RabbitMQ 3.10 differs; `entry` as in `since4`. */
export function differs<T>(_entry: string, expectations: { lapine: T; rabbitmq3: T }): T {
  return flavour === 'rabbitmq-3' ? expectations.rabbitmq3 : expectations.lapine
}

async function identify(url: string): Promise<Flavour> {
  const { client, start } = await greet(loginOf(url))
  client.destroy()
  const properties = start.fields.properties as { product?: string; version?: string; platform?: string }
  if (properties.platform?.includes('Node')) return 'lapine'
  return properties.version?.startsWith('3.') ? 'rabbitmq-3' : 'rabbitmq-4'
}
