import type { Socket } from 'node:net'
import type { SocketPeer } from '../plugin.ts'
import type { ProxyHeader } from '../wire/proxy/header.ts'

/** Both ends of a socket; undefined when the peer is gone, and with it its address. */
export function describePeer(socket: Socket, proxy: ProxyHeader | undefined): SocketPeer | undefined {
  const { remoteAddress, remotePort = 0, localAddress, localPort = 0 } = socket
  if (remoteAddress === undefined || localAddress === undefined) return undefined
  const peer: SocketPeer = {
    remoteAddress: unmapped(remoteAddress),
    remotePort,
    localAddress: unmapped(localAddress),
    localPort,
    loopback: isLoopback(remoteAddress),
    tls: undefined,
  }
  if (proxy === undefined || proxy.kind === 'local') return peer
  // Of what a proxy cannot name nobody knows that it is on this machine.
  if (proxy.ends === undefined) return { ...peer, loopback: false }
  const { sourceAddress, sourcePort, destinationAddress, destinationPort } = proxy.ends
  return {
    remoteAddress: unmapped(sourceAddress),
    remotePort: sourcePort,
    localAddress: unmapped(destinationAddress),
    localPort: destinationPort,
    // A proxy on another machine that says 127.0.0.1 means its own.
    loopback: peer.loopback && isLoopback(sourceAddress),
    tls: undefined,
  }
}

/** An IPv4 address as such where a socket for both families shows it as `::ffff:127.0.0.1`. */
export function unmapped(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
}

/** Judges the peer's own address (never the one it connected to), mapped or not. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(unmapped(address))
}

/** `127.0.0.1:5672`, `[::]:5672`. */
export function writeAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
