import assert from 'node:assert/strict'
import { isIPv4, isIPv6 } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { DecodeError } from '../../std/decode-error.ts'
import { readIpv4, readIpv6 } from './address.ts'
import { decodeProxyHeader, PROXY_HEADER_BYTES_MAX } from './header.ts'

const signature = '0d0a0d0a000d0a515549540a'

function v2(command: number, family: number, body: string | Buffer, length?: number): Buffer {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body, 'hex')
  const head = Buffer.from(`${signature}000000000000`, 'hex').subarray(0, 16)
  head[12] = command
  head[13] = family
  head.writeUInt16BE(length ?? bytes.length, 14)
  return Buffer.concat([head, bytes])
}

const tcp4 = v2(0x21, 0x11, 'c0000201c6336401dc041628')
const tcp6 = v2(0x21, 0x21, '20010db8000000000000000000000001000000000000000000000000000000011234162800ff')

test('a line of version 1 tells both ends', () => {
  const line = Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 56324 5672\r\nAMQP')
  assert.deepEqual(decodeProxyHeader(line), {
    size: line.length - 4,
    kind: 'proxied',
    ends: {
      sourceAddress: '192.0.2.1',
      sourcePort: 56324,
      destinationAddress: '198.51.100.1',
      destinationPort: 5672,
    },
  })
  const six = decodeProxyHeader(Buffer.from('PROXY TCP6 2001:DB8:0:0::1 0:0:0:0:0:0:0:1 1 65535\r\n'))
  assert.deepEqual(six?.ends, {
    sourceAddress: '2001:db8::1',
    sourcePort: 1,
    destinationAddress: '::1',
    destinationPort: 65535,
  })
})

test('version 2 tells both ends, and what a proxy adds is passed over', () => {
  assert.deepEqual(decodeProxyHeader(tcp4), {
    size: 28,
    kind: 'proxied',
    ends: { sourceAddress: '192.0.2.1', sourcePort: 56324, destinationAddress: '198.51.100.1', destinationPort: 5672 },
  })
  assert.deepEqual(decodeProxyHeader(Buffer.concat([tcp6, Buffer.from('AMQP')])), {
    size: 16 + 36 + 2,
    kind: 'proxied',
    ends: { sourceAddress: '2001:db8::1', sourcePort: 0x1234, destinationAddress: '::1', destinationPort: 5672 },
  })
})

test('a proxy that speaks for itself, or of something without addresses, says so', () => {
  const kind = (bytes: Buffer) => decodeProxyHeader(bytes)?.kind
  assert.equal(kind(v2(0x20, 0x00, '')), 'local')
  assert.equal(kind(v2(0x20, 0x11, 'c0000201c6336401dc041628')), 'local')
  assert.equal(kind(v2(0x21, 0x00, 'ffffff')), 'unknown')
  assert.equal(kind(v2(0x21, 0x31, Buffer.alloc(216))), 'unknown')
  assert.equal(kind(Buffer.from('PROXY UNKNOWN\r\n')), 'unknown')
  assert.equal(kind(Buffer.from('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n')), 'unknown')
})

test('a header cut anywhere is waited for, and read when it is whole', () => {
  const v1 = Buffer.from('PROXY TCP6 ::ffff:10.0.0.1 ::1 1 2\r\n')
  for (const header of [v1, tcp4, tcp6, v2(0x20, 0, '')]) {
    for (let end = 0; end < header.length; end++) assert.equal(decodeProxyHeader(header.subarray(0, end)), undefined)
    assert.equal(decodeProxyHeader(header)?.size, header.length)
  }
})

const hostile: readonly (readonly [what: string, bytes: Buffer | string])[] = [
  ['another protocol', 'AMQP\0\0\x09\x01'],
  ['one wrong byte', 'PROXZ'],
  ['a line that never ends', `PROXY UNKNOWN ${'x'.repeat(200)}`],
  ['a line that ends too late', `PROXY UNKNOWN ${'x'.repeat(92)}\r\n`],
  ['no protocol', 'PROXY \r\n'],
  ['UDP', 'PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n'],
  ['lower case', 'PROXY tcp4 1.1.1.1 2.2.2.2 1 2\r\n'],
  ['too few fields', 'PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n'],
  ['too many fields', 'PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n'],
  ['two spaces', 'PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n'],
  ['an address with too large a number', 'PROXY TCP4 256.1.1.1 2.2.2.2 1 2\r\n'],
  ['an address with leading zeros', 'PROXY TCP4 127.0.0.01 2.2.2.2 1 2\r\n'],
  ['a name for an address', 'PROXY TCP4 localhost 2.2.2.2 1 2\r\n'],
  ['an address of the other family', 'PROXY TCP4 ::1 ::2 1 2\r\n'],
  ['two gaps', 'PROXY TCP6 1::2::3 ::1 1 2\r\n'],
  ['too many groups', 'PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r\n'],
  ['a zone', 'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n'],
  ['too large a port', 'PROXY TCP4 1.1.1.1 2.2.2.2 65536 2\r\n'],
  ['a port with a sign', 'PROXY TCP4 1.1.1.1 2.2.2.2 +1 2\r\n'],
  ['no port', 'PROXY TCP4 1.1.1.1 2.2.2.2  2\r\n'],
  ['version 1 in the form of version 2', v2(0x11, 0x11, 'c0000201c6336401dc041628')],
  ['version 3', v2(0x31, 0x11, 'c0000201c6336401dc041628')],
  ['an unknown command', v2(0x2f, 0x11, 'c0000201c6336401dc041628')],
  ['datagrams', v2(0x21, 0x12, 'c0000201c6336401dc041628')],
  ['an unknown family', v2(0x21, 0x41, 'c0000201c6336401dc041628')],
  ['addresses cut short', v2(0x21, 0x11, 'c0000201c6336401dc0416')],
  ['IPv6 addresses in the room of IPv4 ones', v2(0x21, 0x21, 'c0000201c6336401dc041628')],
  ['a length beyond the limit', v2(0x21, 0x11, '', PROXY_HEADER_BYTES_MAX - 15)],
  ['the largest length', v2(0x21, 0x11, '', 65535)],
]

for (const [what, bytes] of hostile) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => decodeProxyHeader(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
      DecodeError,
    )
  })
}

test('whatever comes, the decoder answers, waits or throws a DecodeError', () => {
  const begun = fc.constantFrom(
    Buffer.alloc(0),
    Buffer.from('PROXY '),
    Buffer.from('PROXY TCP6 '),
    Buffer.from(signature, 'hex'),
  )
  fc.assert(
    fc.property(begun, fc.uint8Array({ maxLength: 300 }), (front, back) => {
      try {
        const header = decodeProxyHeader(Buffer.concat([front, back]))
        assert.ok(header === undefined || header.size <= front.length + back.length)
      } catch (error) {
        assert.ok(error instanceof DecodeError)
      }
    }),
    { numRuns: 2000 },
  )
})

test('addresses are read exactly where Node reads them, and are written in one form', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.ipV6(), fc.ipV4(), fc.string({ unit: fc.constantFrom(...'0123456789abcdef:.') })),
      (text) => {
        assert.equal(readIpv4(text) !== undefined, isIPv4(text), text)
        const six = readIpv6(text)
        assert.equal(six !== undefined, isIPv6(text), text)
        if (six !== undefined) assert.equal(readIpv6(six), six)
      },
    ),
    { numRuns: 3000 },
  )
  assert.equal(readIpv6('0:0:0:0:0:0:0:1'), '::1')
  assert.equal(readIpv6('::'), '::')
  assert.equal(readIpv6('1:0:0:2:0:0:0:3'), '1:0:0:2::3')
  assert.equal(readIpv6('::ffff:7f00:1'), '::ffff:127.0.0.1')
})
