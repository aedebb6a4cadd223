import { Fault, type FaultKind } from '../../broker/fault.ts'
import { DecodeError } from '../../std/decode-error.ts'
import { isHardError, type ReplyCodeName, replyCodes } from '../../wire/amqp091/codes.ts'
import { erlangBinary, erlangBytes } from '../../wire/amqp091/erlang-text.ts'
import { fitShortstr } from '../../wire/amqp091/fields.ts'
import { FrameError } from '../../wire/amqp091/frame.ts'

/** How a fault is told to a client. */
export interface Reply {
  readonly code: number
  /** `CODE_NAME - explanation`, cut to what a short string holds. */
  readonly text: string
  /** Ends the connection rather than the channel. */
  readonly hard: boolean
}

const codeNames: Readonly<Record<FaultKind, ReplyCodeName>> = {
  'access-refused': 'ACCESS_REFUSED',
  'content-too-large': 'CONTENT_TOO_LARGE',
  'not-found': 'NOT_FOUND',
  'resource-locked': 'RESOURCE_LOCKED',
  'precondition-failed': 'PRECONDITION_FAILED',
  'connection-forced': 'CONNECTION_FORCED',
  'frame-error': 'FRAME_ERROR',
  'syntax-error': 'SYNTAX_ERROR',
  'command-invalid': 'COMMAND_INVALID',
  'channel-error': 'CHANNEL_ERROR',
  'unexpected-frame': 'UNEXPECTED_FRAME',
  'resource-error': 'RESOURCE_ERROR',
  'not-allowed': 'NOT_ALLOWED',
  'not-implemented': 'NOT_IMPLEMENTED',
  'internal-error': 'INTERNAL_ERROR',
}

/** The reply for a client's fault. */
export function replyFor(fault: Fault): Reply {
  const name = codeNames[fault.kind]
  const code = replyCodes[name]
  const text = fault.message === '' ? name : `${name} - ${fault.message}`
  return { code, text: fitShortstr(text), hard: isHardError(code) }
}

/** The fault an error stands for; undefined when the error is ours and not the client's. */
export function faultOf(error: unknown): Fault | undefined {
  if (error instanceof Fault) return error
  if (error instanceof FrameError || error instanceof DecodeError) return new Fault('frame-error', error.message)
  return undefined
}

/** The error, with what RabbitMQ says of a frame that could not be decoded in the place of the codec's own words. */
export function undecodable(error: unknown, buffer: Buffer, start: number, end: number): unknown {
  if (!(error instanceof DecodeError)) return error
  if (error.kind === 'malformed-utf8') return new Fault('frame-error', error.message)
  if (error.kind === 'unknown-method') return new Fault('command-invalid', 'unimplemented method')
  // Behind the ids of class and method; more than this does not fit the reply anyway.
  const fields = buffer.subarray(Math.min(start + 4, end), Math.min(end, start + 128))
  return new Fault('frame-error', `cannot decode ${erlangBytes(fields)}`)
}

/** The fault of a whole frame that has no business where it came. */
export function unexpectedFrame(type: number, buffer: Buffer, start: number, end: number): Fault {
  const shown = end - start <= 16 ? 'all' : 'first 16'
  const octets = erlangBinary(buffer.subarray(start, Math.min(end, start + 16)))
  return new Fault('unexpected-frame', `type ${type}, ${shown} octets = ${octets}`)
}

/** Class and method an error is about; both 0 when it is about none. */
export interface MethodIds {
  readonly classId: number
  readonly methodId: number
}

/** The ids of errors that no single method caused. */
export const noMethod: MethodIds = { classId: 0, methodId: 0 }
