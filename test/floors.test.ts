import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { checkout, importsOf, ownFiles } from './source-tree.ts'

/** Who may import whom: `layout` in ARCHITECTURE.md, "Map of floors". Biome holds it too; this is the second opinion. */
const floors: Readonly<Record<string, { ours: RegExp; node: RegExp }>> = {
  std: { ours: /^src\/std\//, node: /^node:(crypto|buffer|util|assert|events)$/ },
  wire: { ours: /^src\/(std|wire)\//, node: /^node:(buffer|util|assert)$/ },
  store: { ours: /^src\/(std|store)\//, node: /^node:(fs|fs\/promises|zlib|path|buffer|util|assert|os)$/ },
  broker: {
    ours: /^src\/(std\/|broker\/|store\/log\.ts$)/,
    node: /^node:(buffer|util|assert|crypto|diagnostics_channel)$/,
  },
  protocols: {
    ours: /^src\/(std\/|wire\/|broker\/|protocols\/|plugin\.ts$)/,
    node: /^node:(buffer|util|assert|stream|net|tls|crypto|http)$/,
  },
  plugins: {
    ours: /^src\/(std\/|broker\/|client\/|plugins\/|plugin\.ts$)/,
    node: /^node:(buffer|util|assert|crypto|stream|net|tls|http|https|zlib|url)$/,
  },
  server: { ours: /^src\/(?!cli\/|embedding\/|lapine\.ts)/, node: /^node:/ },
  embedding: { ours: /^src\/((std|store|broker|server|embedding)\/|plugin\.ts$|lapine\.ts$)/, node: /^node:/ },
  cli: { ours: /^src\/(std|server|cli)\//, node: /^node:/ },
}
/** Tools for data directories without a broker. */
const offline = { ours: /^src\/(std|store|server|cli)\//, node: /^node:/ }

/** Plug-ins that stand on somebody else's work. It is loaded when it is first needed. */
const dependencies: readonly (readonly [folder: string, name: string])[] = [
  ['src/plugins/auth-backend-oauth2/', 'jose'],
  ['src/plugins/auth-backend-ldap/', 'ldapts'],
  ['src/plugins/management/', 'fastify'],
]

function isKnownDependency(path: string, target: string): boolean {
  return dependencies.some(([folder, name]) => path.startsWith(folder) && target === name)
}

const sources = ownFiles().filter((path) => /^src\/.*\.ts$/.test(path) && !/\.(test|fixture)\.ts$/.test(path))

test('every import leads down', () => {
  const wrong = sources.flatMap((path) => {
    const floor = path.startsWith('src/cli/offline/') ? offline : floors[path.split('/')[1]!]
    if (floor === undefined) return []
    return importsOf(path)
      .filter((target) => !(target.startsWith('node:') ? floor.node : floor.ours).test(target))
      .filter((target) => !isKnownDependency(path, target))
      .map((target) => `${path} imports ${target}`)
  })
  assert.deepEqual(wrong, [])
})

test('siblings keep apart: no wire or head imports another', () => {
  const apart = sources.flatMap((path) => {
    const [, kind, own] = /^src\/(wire|protocols|plugins)\/([^/]+)\//.exec(path) ?? []
    if (own === undefined) return []
    return importsOf(path)
      .filter((target) => {
        const other = /^src\/(?:wire|protocols|plugins)\/([^/]+)\//.exec(target)?.[1]
        return other !== undefined && other !== own && kind !== undefined
      })
      .map((target) => `${path} imports ${target}`)
  })
  assert.deepEqual(apart, [])
})

test('nothing has a dependency but the plug-ins that are known to', () => {
  const outside = sources.flatMap((path) =>
    importsOf(path)
      .filter((target) => !target.startsWith('src/') && !target.startsWith('node:'))
      .filter((target) => !isKnownDependency(path, target))
      .map((target) => `${path} imports ${target}`),
  )
  assert.deepEqual(outside, [])
})

/** Files that must not pass Biome, with the rule that has to stop them. */
const violations: Readonly<Record<string, readonly [source: string, rule: string]>> = {
  'src/broker/a.ts': ["import type { Protocol } from '../plugin.ts'\nexport type A = Protocol", 'noRestrictedImports'],
  'src/broker/b.ts': ["import { x } from '../protocols/amqp091/x.ts'\nexport const y = x", 'noRestrictedImports'],
  'src/broker/c.ts': ["import { readFileSync } from 'node:fs'\nexport const y = readFileSync", 'noRestrictedImports'],
  'src/broker/queues/d.ts': [
    "import { x } from '../../store/memory-store.ts'\nexport const y = x",
    'noRestrictedImports',
  ],
  'src/broker/e.ts': ['export const y = Date.now()', 'noJsRestrictedProperties'],
  'src/broker/f.ts': ['export const y = setTimeout(() => {}, 5)', 'noRestrictedGlobals'],
  'src/broker/g.ts': ['export const y = process.pid', 'noRestrictedGlobals'],
  'src/store/h.ts': ['export const y = Math.random()', 'noJsRestrictedProperties'],
  'src/wire/amqp091/i.ts': ["import net from 'node:net'\nexport const y = net", 'noRestrictedImports'],
  'src/std/j.ts': ["import type { B } from '../broker/broker.ts'\nexport type A = B", 'noRestrictedImports'],
  'src/protocols/amqp091/k.ts': ["import { x } from '../../server/host.ts'\nexport const y = x", 'noRestrictedImports'],
  'src/plugins/a/b.ts': ["import { x } from '../../server/host.ts'\nexport const y = x", 'noRestrictedImports'],
  'src/plugins/a/c.ts': ['export const y = Date.now()', 'noJsRestrictedProperties'],
  'src/cli/l.ts': ["import { x } from '../broker/broker.ts'\nexport const y = x", 'noRestrictedImports'],
  'src/broker/m.ts': ["import { n } from './n.ts'\nexport const m = () => n()", 'noImportCycles'],
  'src/broker/n.ts': ["import { m } from './m.ts'\nexport const n = () => m()", 'noImportCycles'],
  'src/server/o.ts': ['export async function f(): Promise<void> {}\nf()', 'noFloatingPromises'],
}

/** Files that look alike and are allowed. */
const allowed: Readonly<Record<string, string>> = {
  'src/broker/queues/p.ts': "import type { Store } from '../../store/log.ts'\nexport type A = Store",
  'src/broker/q.test.ts': "import { x } from '../store/memory-store.ts'\nexport const y = x",
  'src/store/r.ts': "import { readFileSync } from 'node:fs'\nexport const y = readFileSync",
}

test('Biome catches each way of breaking the floors', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lapine-floors-'))
  try {
    const { vcs: _, $schema: __, ...config } = JSON.parse(readFileSync(join(checkout, 'biome.json'), 'utf8'))
    writeFileSync(join(directory, 'biome.json'), JSON.stringify(config))
    const probes = {
      ...Object.fromEntries(Object.entries(violations).map(([path, [source]]) => [path, source])),
      ...allowed,
    }
    for (const [path, source] of Object.entries(probes)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true })
      writeFileSync(join(directory, path), `${source}\n`)
    }
    const found = await lint(directory)
    for (const [path, [, rule]] of Object.entries(violations)) {
      assert.ok(
        found.some((line) => line.includes(path) && line.includes(rule)),
        `${path} got past ${rule}`,
      )
    }
    for (const path of Object.keys(allowed)) {
      assert.deepEqual(
        found.filter((line) => line.includes(path)),
        [],
        `${path} is allowed`,
      )
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
})

/** One line per diagnostic. Biome's exit code says only that there were some. */
function lint(directory: string): Promise<string[]> {
  const args = ['lint', '--colors=off', '--max-diagnostics=200', '--reporter=github', directory]
  return new Promise((resolve) => {
    execFile(join(checkout, 'node_modules/.bin/biome'), args, { cwd: directory }, (_, stdout) =>
      resolve(stdout.split('\n').filter((line) => line.startsWith('::'))),
    )
  })
}
