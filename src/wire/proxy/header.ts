import { DecodeError } from '../../std/decode-error.ts'
import { readIpv4, readIpv6, writeIpv6 } from './address.ts'

/** Both ends of a connection as a proxy saw it. */
export interface ProxiedEnds {
  readonly sourceAddress: string
  readonly sourcePort: number
  readonly destinationAddress: string
  readonly destinationPort: number
}

/** What stands before everything else on a connection that comes through a proxy. */
export interface ProxyHeader {
  /** Bytes it takes. */
  readonly size: number
  /**
   * `proxied`: the ends are in `ends`. `local`: the proxy speaks for itself (a health check), so the ends are those of
   * the socket. `unknown`: it passes on something whose ends cannot be told (a UNIX socket, a protocol of its own).
   */
  readonly kind: 'proxied' | 'local' | 'unknown'
  readonly ends: ProxiedEnds | undefined
}

/** The longest line of version 1, with its line end. */
const V1_BYTES_MAX = 107

/** Addresses take 216 bytes at most; the rest is room for what a proxy adds of its own. */
export const PROXY_HEADER_BYTES_MAX = 2048

/** `\r\n\r\n\0\r\nQUIT\n` begins version 2. */
const v2Signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const v1Signature = Buffer.from('PROXY ', 'latin1')
const V2_FIXED_BYTES = 16

/**
 * Reads the header of the PROXY protocol, version 1 or 2, at the beginning of `bytes`; undefined while more of it is
 * to come. Throws a DecodeError for what can never become one. (The PROXY protocol, versions 1 and 2, section 2.)
 */
export function decodeProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  if (bytes.length === 0) return undefined
  if (begins(bytes, v1Signature)) return decodeV1(bytes)
  if (begins(bytes, v2Signature)) return decodeV2(bytes)
  throw malformed('no PROXY protocol header')
}

/** As far as they go, the bytes are those of the signature. */
function begins(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length)
  return bytes.compare(signature, 0, length, 0, length) === 0
}

/**
 *     PROXY TCP4 192.0.2.1 198.51.100.1 56324 5672\r\n
 *     PROXY UNKNOWN whatever\r\n
 */
function decodeV1(bytes: Buffer): ProxyHeader | undefined {
  const end = bytes.subarray(0, V1_BYTES_MAX).indexOf('\r\n')
  if (end < 0) {
    if (bytes.length >= V1_BYTES_MAX) throw malformed(`a line of more than ${V1_BYTES_MAX} bytes`)
    return undefined
  }
  const size = end + 2
  const [, family, ...fields] = bytes.toString('latin1', 0, end).split(' ')
  if (family === 'UNKNOWN') return { size, kind: 'unknown', ends: undefined }
  const readAddress = family === 'TCP4' ? readIpv4 : family === 'TCP6' ? readIpv6 : undefined
  if (readAddress === undefined) throw malformed('a protocol other than TCP4, TCP6 and UNKNOWN')
  if (fields.length !== 4) throw malformed('a line without its two addresses and two ports')
  const sourceAddress = readAddress(fields[0]!)
  const destinationAddress = readAddress(fields[1]!)
  const sourcePort = readPort(fields[2]!)
  const destinationPort = readPort(fields[3]!)
  if (sourceAddress === undefined || destinationAddress === undefined) throw malformed('a bad address')
  if (sourcePort === undefined || destinationPort === undefined) throw malformed('a bad port')
  return { size, kind: 'proxied', ends: { sourceAddress, sourcePort, destinationAddress, destinationPort } }
}

function readPort(text: string): number | undefined {
  if (!/^(0|[1-9]\d{0,4})$/.test(text)) return undefined
  const port = Number(text)
  return port <= 65535 ? port : undefined
}

/**
 *     signature (12) | version and command (1) | family and transport (1) | length of the rest (2) | addresses | additions
 */
function decodeV2(bytes: Buffer): ProxyHeader | undefined {
  if (bytes.length < V2_FIXED_BYTES) return undefined
  const version = bytes[12]! >> 4
  const command = bytes[12]! & 15
  if (version !== 2) throw malformed(`version ${version}`)
  if (command > 1) throw malformed(`command ${command}`)
  const size = V2_FIXED_BYTES + bytes.readUInt16BE(14)
  if (size > PROXY_HEADER_BYTES_MAX) throw malformed(`a header of ${size} bytes`)
  if (bytes.length < size) return undefined
  if (command === 0) return { size, kind: 'local', ends: undefined }
  switch (bytes[13]!) {
    case 0x11:
      return { size, kind: 'proxied', ends: readEnds(bytes, size, 4) }
    case 0x21:
      return { size, kind: 'proxied', ends: readEnds(bytes, size, 16) }
    case 0x00:
    case 0x31:
      return { size, kind: 'unknown', ends: undefined }
    default:
      throw malformed(`family and transport ${bytes[13]!}`)
  }
}

function readEnds(bytes: Buffer, size: number, addressBytes: 4 | 16): ProxiedEnds {
  const source = V2_FIXED_BYTES
  const destination = source + addressBytes
  const ports = destination + addressBytes
  if (size < ports + 4) throw malformed('a header too short for its addresses')
  return {
    sourceAddress: readAddressBytes(bytes, source, addressBytes),
    sourcePort: bytes.readUInt16BE(ports),
    destinationAddress: readAddressBytes(bytes, destination, addressBytes),
    destinationPort: bytes.readUInt16BE(ports + 2),
  }
}

function readAddressBytes(bytes: Buffer, start: number, size: 4 | 16): string {
  if (size === 4) return bytes.subarray(start, start + 4).join('.')
  return writeIpv6(Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(start + 2 * index)))
}

function malformed(what: string): DecodeError {
  return new DecodeError('malformed', what)
}
