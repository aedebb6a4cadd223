import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import type { Clock } from '../../std/clock.ts'

/** Keys and addresses of a provider are short. */
const DOCUMENT_BYTES_MAX = 1024 * 1024

const MILLISECONDS_MAX = 10_000

/** Reads a JSON object from the web. Rejects for any other status than 200; redirections are not followed. */
export function fetchJson(url: string, tls: ConnectionOptions, clock: Clock): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? requestHttps(url, { ...tls, agent: false }) : requestHttp(url)
    const late = new Error(`no answer of ${url} within ${MILLISECONDS_MAX} ms`)
    const timer = clock.after(MILLISECONDS_MAX, () => request.destroy(late))
    const fail = (error: Error): void => {
      timer.cancel()
      reject(error)
    }
    request.on('error', fail)
    request.on('response', (response) => {
      if (response.statusCode !== 200) {
        request.destroy()
        return fail(new Error(`${url} answered with status ${response.statusCode}`))
      }
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size > DOCUMENT_BYTES_MAX) request.destroy(new Error(`${url} answered with too much`))
      })
      response.on('error', fail)
      response.on('end', () => {
        timer.cancel()
        try {
          resolve(asObject(JSON.parse(Buffer.concat(chunks).toString('utf8'))))
        } catch {
          reject(new Error(`${url} answered with something else than a JSON object`))
        }
      })
    })
    request.end()
  })
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('no object')
  return value as Record<string, unknown>
}
