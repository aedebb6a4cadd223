import { type Frame, type Login, protocolHeader, WireClient } from './wire-client.ts'
import type { FieldValue } from './wire-values.ts'

/** What a client says on its way in; the defaults are those of a well-behaved modern client. */
export interface Introduction {
  readonly mechanism?: string
  readonly response?: string | Buffer
  readonly capabilities?: { readonly [name: string]: FieldValue }
  readonly tune?: { readonly channelMax?: number; readonly frameMax?: number; readonly heartbeat?: number }
  readonly vhost?: string
}

export const modernCapabilities = {
  publisher_confirms: true,
  'basic.nack': true,
  consumer_cancel_notify: true,
  'connection.blocked': true,
  authentication_failure_close: true,
}

/** Says the protocol header and reads `connection.start`. */
export async function greet(login: Login): Promise<{ client: WireClient; start: Frame }> {
  const client = await WireClient.connect(login)
  client.write(protocolHeader)
  return { client, start: await client.expect('connection.start') }
}

/** Answers `connection.start`. */
export function startOk(client: WireClient, login: Login, introduction: Introduction = {}): void {
  client.send(0, 'connection.start-ok', {
    properties: { product: 'feature tests', capabilities: introduction.capabilities ?? modernCapabilities },
    mechanism: introduction.mechanism ?? 'PLAIN',
    response: introduction.response ?? `\0${login.user}\0${login.password}`,
    locale: 'en_US',
  })
}

/** Answers `connection.tune` and asks for the virtual host. */
export function tuneOkAndOpen(client: WireClient, login: Login, introduction: Introduction = {}): void {
  client.send(0, 'connection.tune-ok', { channelMax: 2047, frameMax: 131072, heartbeat: 0, ...introduction.tune })
  client.send(0, 'connection.open', { vhost: introduction.vhost ?? login.vhost })
}

/** The whole way in, up to `connection.open-ok`. */
export async function logIn(login: Login, introduction: Introduction = {}): Promise<WireClient> {
  const { client } = await greet(login)
  startOk(client, login, introduction)
  await client.expect('connection.tune')
  tuneOkAndOpen(client, login, introduction)
  await client.expect('connection.open-ok')
  return client
}

/** The whole way in, and channel 1 open. */
export async function logInWithChannel(login: Login, introduction: Introduction = {}): Promise<WireClient> {
  const client = await logIn(login, introduction)
  await client.call(1, 'channel.open')
  return client
}

/** Logs in and asks for the virtual host, which must be refused; answers how. */
export async function refusedOpen(login: Login): Promise<{ code: number; text: string }> {
  const { client } = await greet(login)
  try {
    startOk(client, login)
    await client.expect('connection.tune')
    tuneOkAndOpen(client, login)
    const { code, text } = (await client.expect('connection.close')).fields
    return { code: Number(code), text: String(text) }
  } finally {
    client.destroy()
  }
}
