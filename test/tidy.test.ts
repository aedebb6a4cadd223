import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settingRows } from '../src/server/setting-rows.ts'
import { codeOnly, ownFiles, readOwn } from './source-tree.ts'

const files = ownFiles()
const code = files.filter((path) => /^(src|test|bench|scripts|bin|ui)\/.*\.(ts|js|mjs)$/.test(path))
const text = files.filter((path) => /\.(ts|js|mjs|json|md|py|go|mod|toml|yml|yaml|sh)$|^[^.]+$|\/run$/.test(path))

/** Fails with the list of offenders, so that one run shows them all. */
function none(offenders: readonly string[], rule: string): void {
  assert.equal(offenders.length, 0, `${rule}:\n  ${offenders.join('\n  ')}`)
}

function offences(paths: readonly string[], pattern: RegExp, source: (path: string) => string = readOwn): string[] {
  return paths.flatMap((path) =>
    source(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  )
}

const bare = (path: string) => codeOnly(readOwn(path))

test('no file is longer than 600 lines, generated ones aside', () => {
  const long = code.filter((path) => !path.endsWith('.gen.ts') && readOwn(path).split('\n').length > 600)
  none(long, 'a file of more than 600 lines holds more than one thing')
})

test('no function is excused from the limit of 60 lines', () => {
  const { overrides } = JSON.parse(readOwn('biome.json')) as { overrides: { includes: string[]; linter: object }[] }
  const limit = '"noExcessiveLinesPerFunction":{"level":"error","options":{"maxLines":60}}'
  assert.ok(
    overrides.some(({ includes, linter }) => includes[0] === 'src/**/*.ts' && JSON.stringify(linter).includes(limit)),
  )
  none(
    offences(
      code.filter((path) => path.startsWith('src/')),
      /biome-ignore.*noExcessiveLinesPerFunction/,
    ),
    'split it',
  )
})

test('files are nouns in kebab-case', () => {
  const named = (path: string) => path.split('/').at(-1)!
  none(
    code.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|gen|fixture))?\.(ts|js|mjs)$/.test(named(path))),
    'kebab-case',
  )
  const forbidden = /(^|[-/])(utils?|helpers?|misc|common|manager|impl)([-.]|$)/
  none(
    code.filter((path) => forbidden.test(path)),
    'a file is named as what it exports; a helper without a home gets a noun',
  )
})

test('the data plane knows no promise', () => {
  const dataPlane = code.filter(
    (path) =>
      !path.endsWith('.test.ts') &&
      (path.startsWith('src/wire/') ||
        path.startsWith('src/broker/queues/') ||
        path.startsWith('src/broker/exchanges/') ||
        ['turn', 'delivery', 'message', 'properties', 'exchange', 'sender-selected'].some(
          (name) => path === `src/broker/${name}.ts`,
        )),
  )
  assert.ok(dataPlane.length > 10, 'the list above names files that exist')
  // A get may have to read its one message back from disk, and so has whoever browses or picks; they are waited for.
  none(
    offences(dataPlane, /\basync\b(?! get\(| browse\(| pick\(| function browse\(| function\* messagesFrom\()/, bare),
    'publish, dispatch and settle are synchronous',
  )
})

test('the core reads no clock and rolls no dice of its own', () => {
  const core = code.filter((path) => /^src\/(wire|store|broker|protocols)\//.test(path) && !path.endsWith('.test.ts'))
  const world = /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.|\brandomUUID\b|\brandomBytes\b/
  none(offences(core, world, bare), 'time and chance are injected')
})

test('no note for later without the number of an issue', () => {
  const others = code.filter((path) => path !== 'test/tidy.test.ts')
  none(offences(others, /\b(TODO|FIXME)\b(?!\s*\(#\d+\))/), 'name the issue in parentheses: (#12)')
})

test('no test is skipped or singled out in the source', () => {
  const tests = code.filter((path) => path.endsWith('.test.ts'))
  none(offences(tests, /\b(test|it|describe)\.(only|skip|todo)\(/, bare), 'a skip is an option with a reason')
})

test('every dependency has a line in docs/dependencies.md', () => {
  const manifest = JSON.parse(readOwn('package.json')) as Record<string, Record<string, string> | undefined>
  const toolchain = JSON.parse(readOwn('toolchain/package.json')) as typeof manifest
  const names = [manifest.dependencies, manifest.devDependencies, toolchain.optionalDependencies].flatMap((group) =>
    Object.keys(group ?? {}),
  )
  const documented = readOwn('docs/dependencies.md')
  none(
    names.filter((name) => !documented.includes(`\`${name}\``)),
    'what it saves, what it costs, who maintains it, how we would drop it',
  )
})

test('the lock file names the package of every platform', () => {
  interface Locked {
    readonly optionalDependencies?: Readonly<Record<string, string>>
    readonly os?: string | readonly string[]
    readonly cpu?: string | readonly string[]
  }
  const { packages } = JSON.parse(readOwn('package-lock.json')) as { packages: Record<string, Locked> }
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => {
      const locked = packages[`${path}/node_modules/${name}`] ?? packages[`node_modules/${name}`]
      return locked === undefined || (locked.os === undefined && locked.cpu === undefined)
    }),
  )
  none(missing, 'npm ci fails everywhere when one is missing; see docs/dependencies.md')
})

test('every setting is documented', () => {
  const documented = readOwn('docs/configuration.md')
  none(
    settingRows.filter(({ key }) => !documented.includes(`\`${key}\``)).map(({ key }) => key),
    'npm run generate writes the table of docs/configuration.md',
  )
})

test('nothing names a machine or a package registry', () => {
  const machine = /(^|[^\w.])\/(work|root|home\/[a-z]+)\//
  const registry = new RegExp(['registry\\.npm', 'npmjs\\.org', 'proxy\\.golang', 'pypi\\.', 'goproxy'].join('|'))
  const checked = text.filter((path) => path !== 'test/tidy.test.ts')
  none(offences(checked, machine), 'an absolute path of one machine')
  none(offences(checked, registry), 'a registry is the business of whoever installs')
})
