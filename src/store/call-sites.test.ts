import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Story, stories } from '../../test/support/call-site-stories.ts'

/** Places of the sources where a disk is asked for something: `journal.ts:12`. */
function callSites(): Map<string, string> {
  const sites = new Map<string, string>()
  const folder = new URL('.', import.meta.url)
  // The port itself.
  const isPort = /^(node-disk|directory-lock)\.ts$/
  const sources = readdirSync(folder).filter((name) => !name.endsWith('.test.ts') && !isPort.test(name))
  const call =
    /([dD]isk\.(open|list|makeDirectory|rename|remove|removeDirectory|syncDirectory|freeBytes)|([fF]ile[!?]?|source|target)\.(read|write|sync|truncate|size|close)|(?<!function )\b(writeFully|writeNew|readTolerantly))\(/
  for (const name of sources) {
    const lines = readFileSync(new URL(name, folder), 'utf8').split('\n')
    for (const [index, line] of lines.entries()) if (call.test(line)) sites.set(`${name}:${index + 1}`, line.trim())
  }
  return sites
}

/** What is called at many places and calls the disk for them. */
const isHelper = /^(disk|scan-window|scan|data-directory)\.ts/

/** Who makes the call under way: lines of the store's own sources, the innermost first. */
function makers(): string[] {
  const stack = new Error().stack ?? ''
  return Array.from(stack.matchAll(/src\/store\/(?!call-sites)([a-z-]+\.ts:\d+)/g), ([, place]) => place!)
}

/** Numbers of the calls made by each place, together with whoever had it make them. */
async function callsOf(story: Story, reached: Set<string>): Promise<Map<string, number[]>> {
  const calls = new Map<string, number[]>()
  const onCall = (number: number) => {
    const chain = makers()
    for (const place of chain) reached.add(place)
    const own = chain.findIndex((place) => !isHelper.test(place))
    const key = chain.slice(0, own + 2).join(' < ')
    const numbers = calls.get(key) ?? []
    calls.set(key, [...numbers, number])
  }
  await (await story({ onCall })).check()
  return calls
}

/** The first, the second and the last. */
function some(calls: readonly number[]): Set<number> {
  return new Set([...calls.slice(0, 2), ...calls.slice(-1)])
}

test('wherever the store asks the disk for something that fails, that is told once, nothing is confirmed after it and the next start has all', async () => {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 30
  const sites = callSites()
  const reached = new Set<string>()
  const failed = new Set<string>()
  for (const [name, story] of stories) {
    for (const [chain, calls] of await callsOf(story, reached)) {
      if (failed.has(chain)) continue
      failed.add(chain)
      for (const call of some(calls)) {
        try {
          await (await story({ failAt: { call, code: 'EIO' } })).check()
        } catch (error) {
          throw new Error(`${name}, call ${call}, made by ${chain}: ${(error as Error).message}`, { cause: error })
        }
      }
    }
  }
  Error.stackTraceLimit = stackTraceLimit
  const missed = [...sites].filter(([site]) => !reached.has(site))
  // Every one can be failed: whoever adds another adds a story that leads there.
  assert.deepEqual(missed, [])
})
