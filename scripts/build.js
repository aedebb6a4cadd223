/**
 * Writes `dist/`: modules and declarations for who imports Lapine, and in `dist/command` the command in few files,
 * which start in half the time; in `dist/ui` the web interface. Plain JavaScript, because it runs on whatever Node.js `npm ci` finds.
 * `--lenient` (npm's `prepare`) never fails: where a tool is missing, the command runs from what there is.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)

function emitModules() {
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('tsc failed')
}

/** What is loaded while somebody waits: the command, and the broker for tests. */
const bundled = [
  'cli/main',
  'lapine',
  ...['jest', 'jest-teardown', 'node-test', 'vitest'].map((name) => `embedding/fixtures/${name}`),
]

async function bundle() {
  const { rolldown } = await import('rolldown')
  const input = Object.fromEntries(bundled.map((name) => [name.split('/').at(-1), join(root, `dist/${name}.js`)]))
  // Packages stay what npm installed.
  const bundle = await rolldown({ input, platform: 'node', external: /^[a-z@](?!.*\.js$)/ })
  await bundle.write({ dir: join(root, 'dist/command'), format: 'esm', entryFileNames: '[name].js' })
  await bundle.close()
}

/** The web interface, each file also as browsers like it compressed. */
async function buildInterface() {
  const ui = join(root, 'ui')
  const { build } = await import(pathToFileURL(createRequire(join(ui, 'package.json')).resolve('vite')).href)
  await build({ root: ui, configFile: join(ui, 'vite-config.ts'), logLevel: 'warn' })
  const built = join(root, 'dist/ui')
  for (const name of readdirSync(built, { recursive: true })) {
    if (!/\.(html|js|css|svg)$/.test(name)) continue
    const bytes = readFileSync(join(built, name))
    if (bytes.length < 512) continue
    writeFileSync(join(built, `${name}.br`), brotliCompressSync(bytes))
    writeFileSync(join(built, `${name}.gz`), gzipSync(bytes, { level: 9 }))
  }
}

/** Runs one step; answers whether it succeeded. */
async function step(work) {
  try {
    await work()
    return true
  } catch (error) {
    console.error(`dist is not complete: ${error.message}`)
    return false
  }
}

rmSync(join(root, 'dist'), { recursive: true, force: true })
// tsc emits even what it complains about, so the second step is worth trying.
const succeeded = [await step(emitModules), await step(bundle), await step(buildInterface)]
if (succeeded.includes(false) && !process.argv.includes('--lenient')) process.exitCode = 1
