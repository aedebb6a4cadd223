import { test } from 'node:test'
import { fuzz } from './amqp091.ts'
import { checkDecoding } from './amqp091-oracle.ts'
import { Chance } from './chance.ts'
import { corpus } from './sessions.ts'

for (const [file, bytes] of corpus()) {
  test(`the decoders of AMQP 0-9-1 cope with ${file}, cut anywhere`, () => {
    for (let seed = 0; seed < 50; seed++) checkDecoding(bytes, new Chance(seed))
  })
}

test('the decoders of AMQP 0-9-1 cope with damaged sessions', () => {
  fuzz(5000, 1)
})
