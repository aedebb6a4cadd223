/** What the first eight bytes of a connection say. */
export type ProtocolHeader = 'amqp-0-9-1' | 'amqp-1-0-sasl' | 'amqp-1-0' | 'amqp-0-9-1-other' | 'http' | 'tls' | 'other'

/** The header of AMQP 0-9-1; also the answer to one of its family we do not speak. */
export const amqp091Header = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1')

/** The header of AMQP 1.0 with SASL; also the answer to anything unknown. */
export const amqp10SaslHeader = Buffer.from('AMQP\x03\x01\x00\x00', 'latin1')

/** Tells protocols apart by the first eight bytes at `start`; the caller has waited for them. */
export function readProtocolHeader(bytes: Buffer, start = 0): ProtocolHeader {
  const first = bytes.readUInt32BE(start)
  const second = bytes.readUInt32BE(start + 4)
  if (first === 0x414d5150) return amqpVersion(second)
  // A TLS record of type handshake, version 3.x, holding a client hello.
  if (first >>> 16 === 0x1603 && bytes[start + 5] === 1) return 'tls'
  return httpMethods.has(first) ? 'http' : 'other'
}

/** The octets behind `AMQP`: protocol id, major, minor, revision. 0-9 wrote its version in another order. */
function amqpVersion(version: number): ProtocolHeader {
  if (version === 0x00000901 || version === 0x01010009) return 'amqp-0-9-1'
  if (version === 0x03010000) return 'amqp-1-0-sasl'
  if (version === 0x00010000) return 'amqp-1-0'
  return version >>> 16 === 0 && ((version >>> 8) & 0xff) >= 9 ? 'amqp-0-9-1-other' : 'other'
}

const httpMethods: ReadonlySet<number> = new Set(
  ['GET ', 'POST', 'PUT ', 'HEAD', 'DELE', 'OPTI', 'PATC', 'CONN', 'TRAC', 'PRI '].map((word) =>
    Buffer.from(word).readUInt32BE(0),
  ),
)

/** The header to answer with before closing; nothing for protocols that are handled or not AMQP's business. */
export function protocolHeaderAnswer(header: ProtocolHeader): Buffer | undefined {
  switch (header) {
    case 'amqp-0-9-1-other':
      return amqp091Header
    case 'amqp-1-0':
    case 'other':
      return amqp10SaslHeader
    default:
      return undefined
  }
}
