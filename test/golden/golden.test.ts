import assert from 'node:assert/strict'
import { cpSync, type Dirent, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { FORMAT } from '../../src/store/preamble.ts'
import { contentOf, digest, type Ending, endings, makeDirectories, openStore } from './directory.ts'

/**
 * Data directories as each format's first release left them, small segments, both logs, a snapshot, indexes;
 * and what they hold, as a digest. They are kept for ever: a change of these lines loses somebody's messages.
 */
const golden: readonly { readonly folder: string; readonly content: Readonly<Record<Ending, string>> }[] = [
  { folder: 'v1', content: { closed: 'aa405a251f4d3e6d79928f405f59829e', killed: 'b18c734247901a58722b7504a2f0a8cd' } },
]

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'lapine-golden-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A copy of a golden directory that a test may open. */
function copyOf(t: TestContext, folder: string, ending: Ending): string {
  const copy = join(temporary(t), 'data')
  cpSync(fileURLToPath(new URL(`${folder}/${ending}`, import.meta.url)), copy, { recursive: true })
  return copy
}

/** What lies in a folder, without the room that a released lock keeps for the next. */
function files(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const isContent = (entry: Dirent) => entry.isFile() && entry.name !== 'lock.spare'
  return entries.flatMap((entry) => (isContent(entry) ? [join(entry.parentPath, entry.name)] : [])).sort()
}

for (const { folder, content } of golden) {
  for (const ending of endings) {
    test(`a data directory of ${folder} that was ${ending} holds what it held, twice`, async (t) => {
      const copy = copyOf(t, folder, ending)
      const first = await contentOf(copy)
      assert.ok(!first.includes('damage'), first)
      assert.equal(digest(first), content[ending])
      const messages = (text: string) => text.replace(/^(messages|definitions) .*\n/gm, '').replaceAll('again', 'first')
      assert.equal(messages(await contentOf(copy)), messages(first))
    })
  }
}

test('the data directories of this release hold what the newest golden ones do', async (t) => {
  const { folder, content } = golden.at(-1)!
  assert.equal(folder, `v${FORMAT}`, 'a new format comes with golden directories')
  const made = temporary(t)
  await makeDirectories(made)
  for (const ending of endings) {
    const golden = await contentOf(copyOf(t, folder, ending))
    assert.equal(digest(golden), content[ending])
    assert.deepEqual(recordsOf(await contentOf(join(made, ending))), recordsOf(golden))
  }
})

/** What is held, wherever it lies: a later release may say the same in another order. */
function recordsOf(content: string): string[] {
  return content
    .replace(/^(messages|definitions) \d+ /gm, '$1 ')
    .replace(/^(definitions snapshot \d+) .*/gm, '$1')
    .split('\n')
    .sort()
}

test('a directory of a later format is refused, and not a byte of it is changed', async (t) => {
  for (const ending of endings) {
    const copy = copyOf(t, 'v1', ending)
    const before = files(copy)
    raiseFormat(join(copy, 'store'), 0)
    const bytes = before.map((path) => readFileSync(path))
    await assert.rejects(openStore(copy), {
      name: 'StoreRefusal',
      message: `${copy}/store has format ${FORMAT + 1}, this release reads formats up to ${FORMAT}: use a later one`,
    })
    assert.deepEqual(files(copy), before)
    for (const [index, path] of before.entries()) assert.ok(readFileSync(path).equals(bytes[index]!), path)
  }
})

/** Makes a preamble one of the format to come, complete. */
function raiseFormat(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes.writeUInt32LE(FORMAT + 1, at + 8)
  bytes.writeUInt32LE(crc32(bytes.subarray(at, at + 60)), at + 60)
  writeFileSync(path, bytes)
}
