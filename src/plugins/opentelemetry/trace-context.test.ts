import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTraceParent } from './trace-context.ts'

const trace = '0af7651916cd43dd8448eb211c80319c'
const span = 'b7ad6b7169203331'

test('a traceparent is read as W3C has it, and anything else is none', () => {
  const found = { traceId: trace, spanId: span, state: '' }
  assert.deepEqual(parseTraceParent(`00-${trace}-${span}-01`), { ...found, sampled: true })
  assert.deepEqual(parseTraceParent(`00-${trace}-${span}-02`), { ...found, sampled: false })
  assert.deepEqual(parseTraceParent(`cc-${trace}-${span}-03-more`, 'a=1'), { ...found, sampled: true, state: 'a=1' })
  for (const text of [
    ...['', `ff-${trace}-${span}-01`, `00-${trace}-${span}-01-more`, `00-${trace.toUpperCase()}-${span}-01`],
    ...[
      `00-${'0'.repeat(32)}-${span}-01`,
      `00-${trace}-${'0'.repeat(16)}-01`,
      `00-${trace}-${span}`,
      `0-${trace}-${span}-01`,
    ],
  ]) {
    assert.equal(parseTraceParent(text), undefined, text)
  }
})
