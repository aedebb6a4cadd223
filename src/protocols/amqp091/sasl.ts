import { Fault } from '../../broker/fault.ts'
import { tableGet, tableString } from '../../std/table.ts'
import { decodeTable } from '../../std/table-codec.ts'
import { erlangBinary } from '../../wire/amqp091/erlang-text.ts'
import { type Amqp091Settings, offeredMechanisms } from './settings.ts'

/** Who a client says it is. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Reads a SASL response; all three mechanisms need but one. */
export function readResponse(mechanism: string, response: Buffer, settings: Amqp091Settings): Credentials {
  if (!offeredMechanisms(settings).includes(mechanism)) {
    throw new Fault('command-invalid', `unknown authentication mechanism '${mechanism}'`)
  }
  switch (mechanism) {
    case 'PLAIN':
      return readPlain(response)
    case 'AMQPLAIN':
      return readAmqplain(response)
    default:
      return { user: settings.anonymousUser ?? '', password: settings.anonymousPassword }
  }
}

/** `\0user\0password`; the authorization identity before it has to be empty, as with RabbitMQ. */
function readPlain(response: Buffer): Credentials {
  const separator = response.indexOf(0, 1)
  if (response[0] !== 0 || separator < 0 || response.indexOf(0, separator + 1) >= 0) throw invalid(response)
  return { user: response.toString('utf8', 1, separator), password: response.toString('utf8', separator + 1) }
}

/** The entries of a table without the length before them. */
function readAmqplain(response: Buffer): Credentials {
  let user: string | undefined
  let password: string | undefined
  try {
    const table = decodeTable(response, 0, response.length)
    user = tableString(tableGet(table, 'LOGIN'))
    password = tableString(tableGet(table, 'PASSWORD'))
  } catch {
    throw invalid(response)
  }
  if (user === undefined || password === undefined) throw invalid(response)
  return { user, password }
}

/** The bytes are named without what may be a password. */
function invalid(response: Buffer): Fault {
  return new Fault('syntax-error', `response ${erlangBinary(response.subarray(0, 1))} invalid`)
}
