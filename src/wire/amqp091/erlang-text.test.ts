import assert from 'node:assert/strict'
import { test } from 'node:test'
import { erlangBinary, erlangBytes } from './erlang-text.ts'

test('bytes are printed as Erlang prints them', () => {
  // What io:format("~p") of Erlang 25 printed.
  assert.equal(erlangBinary(Buffer.from([1, 2])), '<<1,2>>')
  assert.equal(erlangBinary(Buffer.from('ab\n"\\')), '<<"ab\\n\\"\\\\">>')
  assert.equal(erlangBinary(Buffer.alloc(0)), '<<>>')
  assert.equal(erlangBinary(Buffer.from([200, 201])), '<<"ÈÉ">>')
  assert.equal(erlangBinary(Buffer.from([97, 27, 0])), '<<97,27,0>>')
  assert.equal(erlangBytes(Buffer.from('ab')), '<<97,98>>')
})
