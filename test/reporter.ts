import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

type Failure = Extract<TestEvent, { type: 'test:fail' }>['data']

/** Reports failures in full, skipped tests with their reason, and the totals as the last line: `N passed, N failed, …`. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failures: Failure[] = []
  const skipped: string[] = []
  let passed = 0
  let dots = 0
  for await (const event of events) {
    switch (event.type) {
      case 'test:pass':
        if (event.data.details.type === 'suite') break
        if (event.data.skip !== undefined && event.data.skip !== false) {
          skipped.push(`${event.data.name}${typeof event.data.skip === 'string' ? `: ${event.data.skip}` : ''}`)
          break
        }
        passed += 1
        yield ++dots % 100 === 0 ? '.\n' : '.'
        break
      case 'test:fail':
        if (causedByChild(event.data)) break
        failures.push(event.data)
        yield `\n${describe(event.data)}\n`
        break
      case 'test:stderr':
      case 'test:stdout':
        yield event.data.message
        break
    }
  }
  yield '\n'
  for (const reason of skipped) yield `skipped: ${reason}\n`
  if (failures.length > 1)
    yield `\nfailed:\n${failures.map((failure) => `  ${place(failure)} ${failure.name}\n`).join('')}`
  yield `${passed} passed, ${failures.length} failed, ${skipped.length} skipped\n`
}

/** A suite or parent that failed only because something inside it did was told already. */
function causedByChild(failure: Failure): boolean {
  return (failure.details.error as { failureType?: string }).failureType === 'subtestsFailed'
}

function describe(failure: Failure): string {
  const error = failure.details.error
  const cause = error.cause instanceof Error ? (error.cause.stack ?? String(error.cause)) : String(error.cause ?? error)
  return `✖ ${place(failure)} ${failure.name}\n${shortened(cause).replace(/^/gm, '    ')}`
}

/** A diff of something huge helps nobody: its beginning, and the stack at its end. */
function shortened(text: string): string {
  const lines = text.split('\n')
  return lines.length <= 80 ? text : [...lines.slice(0, 60), '…', ...lines.slice(-12)].join('\n')
}

function place(failure: Failure): string {
  return `${failure.file === undefined ? '' : relative(process.cwd(), failure.file)}:${failure.line ?? ''}`
}
