import { readFileSync } from 'node:fs'

/** The system's tables of TCP sockets; Linux alone has them. */
const tables = ['/proc/self/net/tcp', '/proc/self/net/tcp6']

const ESTABLISHED = '01'

/**
 * Whether something that was written to one of these ports of this machine is still with the system that sends it: a
 * client that has not switched Nagle's algorithm off has its small writes wait until the ones before are acknowledged, which
 * takes up to 40 ms. Not known, and so false, where the system does not tell.
 */
export function isUnsent(ports: ReadonlySet<number>): boolean {
  if (ports.size === 0) return false
  return tables.some((table) => linesOf(table).some((line) => isWaiting(line, ports)))
}

function linesOf(table: string): string[] {
  try {
    return readFileSync(table, 'latin1').split('\n').slice(1)
  } catch {
    return []
  }
}

/** `sl local_address rem_address st tx_queue:rx_queue …`, numbers in hexadecimal. */
function isWaiting(line: string, ports: ReadonlySet<number>): boolean {
  const [, , remote = '', state, queues = ''] = line.trimStart().split(/\s+/, 5)
  if (state !== ESTABLISHED || queues.startsWith('00000000')) return false
  return ports.has(Number.parseInt(remote.slice(remote.indexOf(':') + 1), 16))
}
