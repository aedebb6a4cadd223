import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Carried } from './carried.ts'
import type { WebSocketSettings } from './settings.ts'

/** The parts of a request that count. */
export interface UpgradeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: IncomingHttpHeaders
}

/** What a request gets: a WebSocket, or a status with the reason for the log. */
export type UpgradeAnswer =
  | { readonly accepted: true; readonly subprotocol: string | undefined }
  | { readonly accepted: false; readonly status: UpgradeStatus; readonly reason: string }

const statusTexts = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  426: 'Upgrade Required',
  503: 'Service Unavailable',
} as const
export type UpgradeStatus = keyof typeof statusTexts

/** What the key of a request is answered with (RFC 6455 §4.2.2). */
const KEY_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Judges a request for a WebSocket (RFC 6455 §4.2.1). */
export function judge(request: UpgradeRequest, carried: Carried, settings: WebSocketSettings): UpgradeAnswer {
  const { headers } = request
  if (settings.path !== undefined && pathOf(request.url) !== settings.path) return refused(404, 'there is no such path')
  if (request.method !== 'GET' || !lists(headers.upgrade, 'websocket') || !lists(headers.connection, 'upgrade')) {
    return refused(426, 'it asks for no WebSocket')
  }
  if (headers['sec-websocket-version'] !== '13') return refused(426, 'it asks for another version of WebSocket')
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers['sec-websocket-key'] ?? '')) return refused(400, 'it has no key')
  if (!isAllowed(headers, settings.origins)) {
    return refused(403, `pages of ${JSON.stringify(headers.origin)} may not connect`)
  }
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? []
  const subprotocol = carried.subprotocols.find((name) => offered.includes(name))
  if (subprotocol === undefined && carried.insists) {
    return refused(400, `'${carried.subprotocols[0]}' is not among the subprotocols it offers`)
  }
  return { accepted: true, subprotocol }
}

/** The answer that makes a WebSocket of the connection. */
export function acceptance(key: string, subprotocol: string | undefined): string {
  const proof = createHash('sha1').update(`${key}${KEY_SUFFIX}`).digest('base64')
  const chosen = subprotocol === undefined ? '' : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${proof}\r\n${chosen}\r\n`
}

/** The answer that ends it. */
export function refusal(status: UpgradeStatus): string {
  const more =
    status === 426
      ? 'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nConnection: upgrade, close'
      : 'Connection: close'
  return `HTTP/1.1 ${status} ${statusTexts[status]}\r\n${more}\r\nContent-Length: 0\r\n\r\n`
}

/** Name and password of `Authorization: Basic`; undefined without. */
export function basicCredentials(header: string | undefined): { user: string; password: string } | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '') ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

/**
 * Whether whoever sends these headers may connect. Browsers name the page that asks; it has to be one of the host that
 * is asked (whatever its port), or one the settings name. Clients that are no browsers name none.
 */
function isAllowed({ origin, host }: IncomingHttpHeaders, origins: readonly string[]): boolean {
  if (origin === undefined || origins.includes('*')) return true
  if (origins.length > 0) return origins.includes(origin)
  const [page, here] = [URL.parse(origin), URL.parse(`http://${host}`)]
  return page !== null && here !== null && page.hostname !== '' && page.hostname === here.hostname
}

function lists(header: string | undefined, word: string): boolean {
  return header?.split(',').some((one) => one.trim().toLowerCase() === word) ?? false
}

function pathOf(url = ''): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

function refused(status: UpgradeStatus, reason: string): UpgradeAnswer {
  return { accepted: false, status, reason }
}
