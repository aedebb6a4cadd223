import { Fault } from '../../broker/fault.ts'
import { PacketError } from '../../wire/mqtt/packet-error.ts'
import { ReasonCode, ReturnCode } from '../../wire/mqtt/reason-codes.ts'

/** The reason code that tells a client of a fault. */
function reasonOf(fault: Fault): ReasonCode {
  switch (fault.kind) {
    case 'access-refused':
      return ReasonCode.notAuthorized
    case 'content-too-large':
      return ReasonCode.packetTooLarge
    case 'not-allowed':
    case 'resource-error':
      return ReasonCode.quotaExceeded
    case 'connection-forced':
      return ReasonCode.administrativeAction
    case 'internal-error':
      return ReasonCode.unspecifiedError
    default:
      return ReasonCode.implementationSpecificError
  }
}

/** What an error means to the client; undefined when it is ours and not the client's. */
export function faultReason(error: unknown): ReasonCode | undefined {
  if (error instanceof PacketError) return error.reason
  if (error instanceof Fault) return reasonOf(error)
  return undefined
}

/** The code that CONNACK had before there were reason codes. */
export function returnCodeOf(reason: ReasonCode): ReturnCode {
  switch (reason) {
    case ReasonCode.success:
      return ReturnCode.accepted
    case ReasonCode.unsupportedProtocolVersion:
      return ReturnCode.unacceptableProtocolVersion
    case ReasonCode.clientIdentifierNotValid:
      return ReturnCode.identifierRejected
    case ReasonCode.badUserNameOrPassword:
      return ReturnCode.badUserNameOrPassword
    case ReasonCode.notAuthorized:
    case ReasonCode.banned:
      return ReturnCode.notAuthorized
    default:
      return ReturnCode.serverUnavailable
  }
}
