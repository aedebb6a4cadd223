import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { WebFile } from '../plugins/management/web-interface.ts'

/** Beside `dist/server` and `dist/command`; seen from the sources of a checkout, in what was built of them. */
const places = ['../ui/', '../../dist/ui/'].map((place) => fileURLToPath(new URL(place, import.meta.url)))

/** The web interface as `scripts/build.js` left it; empty where it was not built. */
export async function readWebFiles(): Promise<readonly WebFile[]> {
  for (const place of places) {
    const files = await readFiles(place)
    if (files.some(({ path }) => path === 'index.html')) return files
  }
  return []
}

async function readFiles(directory: string): Promise<WebFile[]> {
  const names = new Set(await readdir(directory, { recursive: true }).catch(() => []))
  const paths = [...names].filter((name) => /\.\w+$/.test(name) && !/\.(br|gz)$/.test(name))
  return Promise.all(
    paths.map(async (path) => ({
      path: path.replaceAll('\\', '/'),
      bytes: await readFile(`${directory}${path}`),
      ...(names.has(`${path}.br`) ? { brotli: await readFile(`${directory}${path}.br`) } : {}),
      ...(names.has(`${path}.gz`) ? { gzip: await readFile(`${directory}${path}.gz`) } : {}),
    })),
  )
}
