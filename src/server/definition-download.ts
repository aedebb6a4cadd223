import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'
import type { ConnectionOptions } from 'node:tls'

const MILLISECONDS_MAX = 60_000
const BYTES_MAX = 256 * 2 ** 20
const REDIRECTIONS_MAX = 5

/** What is at a URL of http or https, behind redirections. Rejects with an Error that says why it cannot be had. */
export async function download(url: string, tls: ConnectionOptions): Promise<Buffer> {
  const signal = AbortSignal.timeout(MILLISECONDS_MAX)
  let place = new URL(url)
  for (let count = 0; count <= REDIRECTIONS_MAX; count++) {
    const answer = await ask(place, tls, signal)
    if (answer.location === undefined) return answer.body
    const next = new URL(answer.location, place)
    if (next.protocol !== place.protocol) throw new Error(`it redirects to ${next.protocol}`)
    place = next
  }
  throw new Error(`it redirects more than ${REDIRECTIONS_MAX} times`)
}

interface Answer {
  readonly location: string | undefined
  readonly body: Buffer
}

function ask(url: URL, tls: ConnectionOptions, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const isSecure = url.protocol === 'https:'
    // No agent: nothing stays open behind it.
    const options = { ...(isSecure ? tls : {}), agent: false, signal, headers: { accept: 'application/json' } }
    const request = (isSecure ? getSecure : getPlain)(url, options, (response) => {
      const { statusCode: status = 0, headers } = response
      const isRedirection = status >= 300 && status < 400 && headers.location !== undefined
      if (!isRedirection && (status < 200 || status >= 300)) {
        response.destroy()
        reject(new Error(`URL request failed with response code ${status}`))
        return
      }
      const parts: Buffer[] = []
      let size = 0
      response.on('data', (part: Buffer) => {
        size += part.length
        if (size > BYTES_MAX) response.destroy(new Error(`it is larger than ${BYTES_MAX} bytes`))
        else parts.push(part)
      })
      response.on('error', reject)
      response.on('end', () => {
        resolve({ location: isRedirection ? headers.location : undefined, body: Buffer.concat(parts) })
      })
    })
    request.on('error', (error) => {
      const tooLong = `it took longer than ${MILLISECONDS_MAX} ms`
      reject(signal.aborted ? new Error(tooLong) : error)
    })
  })
}
