import { registerHooks } from 'node:module'
import type { Edit } from './planted-bugs.ts'

const sources = new URL('../../src/', import.meta.url)

/** Has this thread load sources with edits; those that were loaded before stay as they are. */
export function plant(edits: readonly Edit[]): void {
  if (edits.length === 0) return
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      const own = edits.filter(({ file }) => url === new URL(file, sources).href)
      if (own.length === 0) return loaded
      const source = own.reduce(edited, Buffer.from(loaded.source as Uint8Array).toString('utf8'))
      return { ...loaded, source }
    },
  })
}

/** The source with the edit; a bug that cannot be planted as it was meant is a mistake, not one that was found. */
function edited(source: string, { file, text, by }: Edit): string {
  const parts = source.split(text)
  if (parts.length !== 2) throw new Error(`to be planted in ${file}, found ${parts.length - 1} times: ${text}`)
  return parts.join(by)
}
