import { isIP, isIPv4 } from 'node:net'
import { namePattern } from '../broker/name-pattern.ts'

/** How the text of a setting becomes a value. `parse` throws an Error whose message completes "key: ". */
export interface ValueKind<T> {
  /** What the documentation calls it. */
  readonly name: string
  parse(text: string): T
}

/** Where a listener binds; no host means every interface. */
export interface ListenAddress {
  readonly host: string | undefined
  readonly port: number
}

/** Addresses that begin with the same bits. */
export interface NetworkRange {
  readonly address: string
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

export const text: ValueKind<string> = { name: 'text', parse: (value) => value }

export const flag: ValueKind<boolean> = {
  name: 'true, false',
  parse(value) {
    switch (value) {
      case 'true':
      case 'on':
        return true
      case 'false':
      case 'off':
        return false
      default:
        throw new Error(`'${value}' is neither true nor false`)
    }
  },
}

/** A whole number between `min` and `max`. */
export function integer(min: number, max: number): ValueKind<number> {
  return {
    name: 'number',
    parse(value) {
      if (!/^-?\d+$/.test(value)) throw new Error(`'${value}' is not a whole number`)
      const number = Number(value)
      if (number < min || number > max) throw new Error(`${value} is not between ${min} and ${max}`)
      return number
    },
  }
}

/** Zero, which then means something of its own, or what `kind` allows. */
export function zeroOr(kind: ValueKind<number>): ValueKind<number> {
  return { name: kind.name, parse: (value) => (value === '0' ? 0 : kind.parse(value)) }
}

/** A number with or without a fraction, at least `min` and at most `max`. */
export function fraction(min: number, max: number): ValueKind<number> {
  return {
    name: 'fraction',
    parse(value) {
      if (!/^\d+(\.\d+)?$/.test(value)) throw new Error(`'${value}' is not a number`)
      const number = Number(value)
      if (number < min || number > max) throw new Error(`${value} is not between ${min} and ${max}`)
      return number
    },
  }
}

/** `kind`, or one of `words` for "no limit". */
export function unlimited<T>(kind: ValueKind<T>, ...words: string[]): ValueKind<T | undefined> {
  return {
    name: `${kind.name}, ${words.join(', ')}`,
    parse: (value) => (words.includes(value) ? undefined : kind.parse(value)),
  }
}

const milliseconds = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3, f: 14 * 86400e3 }

/** Milliseconds, or a time as RabbitMQ reads it: `90s`, `1h30m`, `2w`. */
export const duration: ValueKind<number> = {
  name: 'milliseconds or time',
  parse(value) {
    if (/^\d+$/.test(value)) return Number(value)
    if (!/^(\d+(ms|[smhdwf]))+$/.test(value)) throw new Error(`'${value}' is not a time such as 60000, 90s or 1h30m`)
    let sum = 0
    for (const [, digits, unit] of value.matchAll(/(\d+)(ms|[smhdwf])/g)) {
      sum += Number(digits) * milliseconds[unit as keyof typeof milliseconds]
    }
    return sum
  },
}

/** A regular expression as permissions and policies have them. */
export const pattern: ValueKind<string> = {
  name: 'regular expression',
  parse(value) {
    namePattern(value)
    return value
  },
}

/** One of a few words. */
export function word<const W extends string>(...words: readonly W[]): ValueKind<W> {
  return {
    name: words.join(', '),
    parse(value) {
      const found = words.find((candidate) => candidate === value)
      if (found === undefined) throw new Error(`'${value}' is none of ${words.join(', ')}`)
      return found
    },
  }
}

/** A flag or a text: `log.file = false`, `log.file = broker.log`. */
export const flagOrText: ValueKind<boolean | string> = {
  name: 'true, false, text',
  parse: (value) => (value === 'true' ? true : value === 'false' ? false : value),
}

const kibi = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 }
const kilo = { k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15 }

/** A size in bytes: `kB` and its kin are powers of 1000, `k`, `kiB` and theirs of 1024, as RabbitMQ reads them. */
export function bytes(max = Number.MAX_SAFE_INTEGER): ValueKind<number> {
  return {
    name: 'size',
    parse(value) {
      const parts = /^(\d+)(?:([kmgtp])(i?b)?)?$/i.exec(value)
      if (parts === null) throw new Error(`'${value}' is not a size such as 1048576, 512MB or 1GiB`)
      const unit = parts[2]?.toLowerCase() as keyof typeof kilo | undefined
      const scale = parts[3]?.toLowerCase() === 'b' ? kilo : kibi
      const size = Number(parts[1]) * (unit === undefined ? 1 : scale[unit])
      if (size > max) throw new Error(`${value} is more than ${max} bytes`)
      return size
    },
  }
}

/** A port, or an address and a port: `5672`, `127.0.0.1:5672`, `::1:5672`, `[::1]:5672`. */
export const listenAddress: ValueKind<ListenAddress> = {
  name: 'port or address:port',
  parse(value) {
    const parts = /^(?:\[(?<bracketed>[^\]]+)\]:|(?<plain>.+):)?(?<port>\d+)$/.exec(value)
    const port = Number(parts?.groups?.port)
    if (parts === null || port > 65535) throw new Error(`'${value}' is not a port or address:port`)
    return { host: parts.groups?.bracketed ?? parts.groups?.plain, port }
  },
}

/** The same, or `none` for nowhere. */
export const listenAddressOrNone: ValueKind<ListenAddress | 'none'> = {
  name: 'address:port or none',
  parse: (value) => (value === 'none' ? value : listenAddress.parse(value)),
}

/** A port; 0 for any that is free, `none` for none. */
export const listenPort: ValueKind<number | 'none'> = {
  name: 'port or none',
  parse(value) {
    if (value === 'none') return value
    const port = /^\d+$/.test(value) ? Number(value) : 65536
    if (port > 65535) throw new Error(`'${value}' is not a port`)
    return port
  },
}

/** An address or a network: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`. */
export const network: ValueKind<NetworkRange> = {
  name: 'address or network',
  parse(value) {
    const [address = '', bits, more] = value.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    const length = family === 'ipv4' ? 32 : 128
    const isBits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= length)
    if (isIP(address) === 0 || !isBits || more !== undefined) {
      throw new Error(`'${value}' is neither an address nor a network such as 10.0.0.0/8`)
    }
    return { address, bits: bits === undefined ? length : Number(bits), family }
  },
}

/** An address of the web. */
export const httpUrl: ValueKind<string> = {
  name: 'URL',
  parse(value) {
    const protocol = URL.canParse(value) ? new URL(value).protocol : ''
    if (protocol !== 'http:' && protocol !== 'https:') throw new Error(`'${value}' is not a URL of http or https`)
    return value
  },
}
