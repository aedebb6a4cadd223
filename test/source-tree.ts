import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What is not ours, or made by a build. */
const skipped = new Set(['node_modules', 'dist', '.git', 'data', 'coverage', '.venv', '__pycache__'])

/** Every file of the checkout that is ours, as paths with `/` from its root. */
export function ownFiles(): string[] {
  const found: string[] = []
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (skipped.has(entry.name)) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) visit(path)
      else if (entry.isFile()) found.push(relative(root, path).split(sep).join('/'))
    }
  }
  visit(root)
  return found.sort()
}

export function readOwn(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The root of the checkout. */
export const checkout = root

/** Source without comments, so that words in prose do not count as code. Keeps line breaks. */
export function withoutComments(source: string): string {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g
  return source.replace(token, (text) => (text.startsWith('/') ? text.replace(/[^\n]/g, ' ') : text))
}

/** Source without comments and without what stands in quotes. Keeps line breaks. */
export function codeOnly(source: string): string {
  return withoutComments(source).replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
}

/** What a file imports: relative ones as paths from the root, the others as written. */
export function importsOf(path: string): string[] {
  const statement =
    /\b(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|(?:(?<!\.)\bimport\s*\(|^import)\s*['"]([^'"]+)['"]/gm
  return [...withoutComments(readOwn(path)).matchAll(statement)].map((match) => {
    const target = match[1] ?? match[2] ?? ''
    return target.startsWith('.') ? join(dirname(path), target).split(sep).join('/') : target
  })
}
