import { BlockList, isIPv6, type Socket } from 'node:net'
import { decodeProxyHeader, type ProxyHeader } from '../wire/proxy/header.ts'
import type { NetworkRange } from './conf-value.ts'
import { unmapped } from './listener-peer.ts'

/** Who may say, in a PROXY protocol header, whom a connection comes from. */
export class TrustedProxies {
  readonly #list = new BlockList()

  constructor(ranges: readonly NetworkRange[]) {
    for (const { address, bits, family } of ranges) this.#list.addSubnet(address, bits, family)
  }

  includes(address: string): boolean {
    const plain = unmapped(address)
    return this.#list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
  }
}

/**
 * Waits for the header of the PROXY protocol; what follows it stays in the socket. Exactly one of the two is called,
 * unless the socket ends before.
 */
export function readProxyHeader(
  socket: Socket,
  done: (header: ProxyHeader) => void,
  failed: (reason: string) => void,
): void {
  let bytes = Buffer.alloc(0)
  const onReadable = (): void => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
      bytes = Buffer.concat([bytes, chunk as Buffer])
      let header: ProxyHeader | undefined
      try {
        header = decodeProxyHeader(bytes)
      } catch (error) {
        socket.off('readable', onReadable)
        return failed((error as Error).message)
      }
      if (header === undefined) continue
      socket.off('readable', onReadable)
      if (header.size < bytes.length) socket.unshift(bytes.subarray(header.size))
      return done(header)
    }
  }
  socket.on('readable', onReadable)
}
