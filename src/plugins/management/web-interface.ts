import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** One file of the web interface, in the forms it was compressed to when it was built. */
export interface WebFile {
  /** `assets/main-4f3a.js`; below the path prefix. */
  readonly path: string
  readonly bytes: Buffer
  readonly brotli?: Buffer
  readonly gzip?: Buffer
}

/** Nothing but our own scripts, no markup from text, nowhere else to talk to, and in nobody's frame. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const headers = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
  txt: 'text/plain; charset=utf-8',
}

const absent: WebFile = {
  path: 'index.html',
  bytes: Buffer.from(
    '<!doctype html><html lang="en"><title>Lapine</title><h1>The management UI was not built</h1>' +
      '<p>In a checkout, <code>npm run build</code> builds it. The HTTP API is at <a href="api/overview">api/overview</a>.</p>',
  ),
}

/** Serves the files of the web interface, or a page that says how to build them. `prefix` is that of the settings. */
export function addWebInterface(app: FastifyInstance, files: readonly WebFile[], prefix: string): void {
  const index = files.find(({ path }) => path === 'index.html') ?? absent
  app.get('/', async (request, reply) => {
    // What the page loads lies beside it, which a browser only takes so with a slash at the end.
    const path = request.originalUrl.split('?')[0]!
    if (prefix !== '' && !path.endsWith('/')) {
      return reply
        .code(302)
        .header('location', `${path.slice(path.lastIndexOf('/') + 1)}/`)
        .send()
    }
    return answer(request, reply, index)
  })
  for (const file of files) app.get(`/${file.path}`, async (request, reply) => answer(request, reply, file))
}

function answer(request: FastifyRequest, reply: FastifyReply, file: WebFile): FastifyReply {
  const accepted = String(request.headers['accept-encoding'] ?? '')
  reply.headers(headers).type(types[file.path.split('.').at(-1)!] ?? 'application/octet-stream')
  // Their names carry a hash of what is in them.
  if (file.path.startsWith('assets/')) reply.header('cache-control', 'public, max-age=31536000, immutable')
  if (file.brotli !== undefined && /\bbr\b/.test(accepted)) {
    return reply.header('content-encoding', 'br').send(file.brotli)
  }
  if (file.gzip !== undefined && /\bgzip\b/.test(accepted)) {
    return reply.header('content-encoding', 'gzip').send(file.gzip)
  }
  return reply.send(file.bytes)
}
