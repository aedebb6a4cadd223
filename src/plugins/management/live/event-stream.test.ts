import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventStream } from './event-stream.ts'

test('a reader that does not keep up is sent away', () => {
  const stream = new EventStream(1000)
  let closed = 0
  stream.onClose(() => closed++)
  for (let n = 0; n < 9; n++) stream.send('figures', 'x'.repeat(80))
  assert.equal(stream.isOpen, true)
  stream.send('figures', 'x'.repeat(80))
  assert.equal(stream.isOpen, false)
  assert.equal(stream.readable.destroyed, true)
  assert.equal(closed, 1)
  stream.send('figures', 'x')
  stream.onClose(() => closed++)
  assert.equal(closed, 2)
})

test('what was sent before the end is still read', async () => {
  const stream = new EventStream()
  stream.send('one', '1', 'id-1')
  stream.beat()
  stream.end()
  stream.send('two', '2')
  const text = (await stream.readable.toArray()).join('')
  assert.equal(text, 'retry: 2000\n\nid: id-1\nevent: one\ndata: 1\n\n:\n\n')
})
