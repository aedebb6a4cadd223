import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { controlSocketPath } from '../../server/control-socket.ts'
import { defaultDataDirectory } from '../../server/environment.ts'
import type { BrokerAddress } from './broker-client.ts'
import { ControlError, ControlExit } from './control-command.ts'

/** Where to look for the broker: what the command line and the environment say. */
export interface Whereabouts {
  readonly url: string | undefined
  readonly dataDirectory: string | undefined
}

/**
 * The broker that is meant: the one at a URL; the one whose data directory is named; the one in the usual data directory; the one
 * at the usual port of this machine. Throws a ControlError for a URL that is none.
 */
export function findBroker({ url, dataDirectory }: Whereabouts, environment: NodeJS.ProcessEnv): BrokerAddress {
  const given = url ?? environment.LAPINE_URL
  if (given !== undefined && given !== '') return { url: parse(given) }
  const directory = dataDirectory ?? defaultDataDirectory(environment)
  const socket = controlSocketPath(join(directory))
  if (dataDirectory !== undefined || existsSync(socket)) return { socket }
  return { url: parse('http://guest:guest@127.0.0.1:15672') }
}

function parse(text: string): URL {
  try {
    const url = new URL(text)
    if (url.protocol === 'http:' || url.protocol === 'https:') return url
  } catch {
    // Told below.
  }
  throw new ControlError(ControlExit.usage, `'${text}' is no URL of an HTTP API: http://user:password@host:15672`)
}
