/** Writes the generated sources; with `--check` only fails when one is stale. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { authorizationMatrix } from './authorization-matrix.ts'
import { methodsSource } from './generate-amqp091.ts'
import { commandLinePage } from './generate-command-line.ts'
import { configurationPage } from './generate-configuration.ts'
import { advisoriesPage, threatsPage } from './generate-security.ts'

const outputs: readonly (readonly [path: string, source: () => string])[] = [
  ['../src/wire/amqp091/methods.gen.ts', methodsSource],
  ['../docs/configuration.md', configurationPage],
  ['../docs/command-line.md', commandLinePage],
  ['../test/golden/authorization-matrix.txt', authorizationMatrix],
  ['../docs/security/advisories.md', advisoriesPage],
  ['../docs/security/threats.md', threatsPage],
]

function formatted(path: string, source: string): string {
  if (!path.endsWith('.ts')) return source
  const biome = fileURLToPath(new URL('../node_modules/.bin/biome', import.meta.url))
  return execFileSync(biome, ['check', '--write', `--stdin-file-path=${path}`], { input: source, encoding: 'utf8' })
}

const check = process.argv.includes('--check')
for (const [path, source] of outputs) {
  const file = fileURLToPath(new URL(path, import.meta.url))
  const fresh = formatted(file, source())
  if (!check) writeFileSync(file, fresh)
  else if (readFileSync(file, 'utf8') !== fresh) {
    console.error(`${path} is stale: npm run generate`)
    process.exitCode = 1
  }
}
