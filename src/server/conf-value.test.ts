import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bytes,
  flag,
  flagOrText,
  fraction,
  integer,
  listenAddress,
  text,
  unlimited,
  type ValueKind,
  word,
} from './conf-value.ts'

function check<T>(kind: ValueKind<T>, rows: Readonly<Record<string, T | Error>>): void {
  for (const [input, expected] of Object.entries(rows)) {
    if (expected instanceof Error) assert.throws(() => kind.parse(input), { message: expected.message }, input)
    else assert.deepEqual(kind.parse(input), expected, input)
  }
}

test('flags', () => {
  check(flag, { true: true, false: false, on: true, off: false, yes: new Error("'yes' is neither true nor false") })
})

test('whole numbers stay in their range', () => {
  check(integer(0, 10), {
    '0': 0,
    '10': 10,
    '11': new Error('11 is not between 0 and 10'),
    '-1': new Error('-1 is not between 0 and 10'),
    '1.5': new Error("'1.5' is not a whole number"),
    '1e3': new Error("'1e3' is not a whole number"),
    ten: new Error("'ten' is not a whole number"),
  })
})

test('fractions', () => {
  check(fraction(0, 1), {
    '0.4': 0.4,
    '1': 1,
    '1.1': new Error('1.1 is not between 0 and 1'),
    '.5': new Error("'.5' is not a number"),
  })
})

test('sizes: kB and kin are powers of 1000, k and kiB of 1024', () => {
  const wrong = (value: string) => new Error(`'${value}' is not a size such as 1048576, 512MB or 1GiB`)
  check(bytes(), {
    '0': 0,
    '1048576': 1048576,
    '1k': 1024,
    '1K': 1024,
    '1kB': 1000,
    '1kiB': 1024,
    '2M': 2097152,
    '2MB': 2000000,
    '2MiB': 2097152,
    '1G': 2 ** 30,
    '1GB': 1e9,
    '1GiB': 2 ** 30,
    '1TB': 1e12,
    '1.5GB': wrong('1.5GB'),
    '1 GB': wrong('1 GB'),
    '-1': wrong('-1'),
    '': wrong(''),
  })
  check(bytes(10), { '11': new Error('11 is more than 10 bytes') })
})

test('words for no limit', () => {
  check(unlimited(integer(1, 9), 'infinity', 'undefined'), { '5': 5, infinity: undefined, undefined: undefined })
  check(unlimited(text, 'none'), { none: undefined, guest: 'guest' })
})

test('one of a few words', () => {
  check(word('a', 'b'), { a: 'a', c: new Error("'c' is none of a, b") })
})

test('a flag or a text', () => {
  check(flagOrText, { true: true, false: false, 'a.log': 'a.log' })
})

test('listeners: a port, or an address of either family and a port', () => {
  const wrong = (value: string) => new Error(`'${value}' is not a port or address:port`)
  check(listenAddress, {
    '5672': { host: undefined, port: 5672 },
    '0': { host: undefined, port: 0 },
    '127.0.0.1:5672': { host: '127.0.0.1', port: 5672 },
    'localhost:5672': { host: 'localhost', port: 5672 },
    '::1:5672': { host: '::1', port: 5672 },
    ':::5672': { host: '::', port: 5672 },
    '[::1]:5672': { host: '::1', port: 5672 },
    '65536': wrong('65536'),
    '127.0.0.1': wrong('127.0.0.1'),
    amqp: wrong('amqp'),
  })
})
