/**
 * Just enough AMQP 0-9-1 to drive a broker, written apart from src/wire so that a mistake there
 * cannot hide in the tool that measures it.
 *
 *   frame = type u8, channel u16, size u32, payload, 0xCE
 *   method payload = class u16, method u16, arguments
 *   header payload = class u16, weight u16, body size u64, flags u16, properties
 */
export const frameOverhead = 8
export const FrameType = { method: 1, header: 2, body: 3, heartbeat: 8 } as const
export const protocolHeader: Buffer = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1')

/** Class and method number in one, as they lie at the start of a method payload. */
export const Method = {
  connectionStart: 0x000a_000a,
  connectionStartOk: 0x000a_000b,
  connectionTune: 0x000a_001e,
  connectionTuneOk: 0x000a_001f,
  connectionOpen: 0x000a_0028,
  connectionOpenOk: 0x000a_0029,
  connectionClose: 0x000a_0032,
  connectionCloseOk: 0x000a_0033,
  channelOpen: 0x0014_000a,
  channelOpenOk: 0x0014_000b,
  channelClose: 0x0014_0028,
  queueDeclare: 0x0032_000a,
  queueDeclareOk: 0x0032_000b,
  queuePurge: 0x0032_001e,
  queuePurgeOk: 0x0032_001f,
  queueDelete: 0x0032_0028,
  queueDeleteOk: 0x0032_0029,
  basicQos: 0x003c_000a,
  basicQosOk: 0x003c_000b,
  basicConsume: 0x003c_0014,
  basicConsumeOk: 0x003c_0015,
  basicCancel: 0x003c_001e,
  basicPublish: 0x003c_0028,
  basicDeliver: 0x003c_003c,
  basicAck: 0x003c_0050,
  basicNack: 0x003c_0078,
  confirmSelect: 0x0055_000a,
  confirmSelectOk: 0x0055_000b,
} as const
export type Method = (typeof Method)[keyof typeof Method]

/** The argument kinds the generator sends. */
export type Argument =
  | { readonly u8: number }
  | { readonly u16: number }
  | { readonly u32: number }
  | { readonly u64: number }
  | { readonly short: string }
  | { readonly long: Buffer }

/** A method frame. */
export function encodeMethod(channel: number, method: Method, args: readonly Argument[] = []): Buffer {
  const id = Buffer.alloc(4)
  id.writeUInt32BE(method)
  return encodeFrame(FrameType.method, channel, Buffer.concat([id, ...args.map(encodeArgument)]))
}

/** One publish to the default exchange: method, header and body frames. */
export interface PublishUnit {
  readonly bytes: Buffer
  /** Where the payload starts in `bytes`. */
  readonly bodyOffset: number
}

/** Encodes a publish of `bodySize` zero bytes to `queue`, split by `frameMax`. */
export function encodePublish(message: {
  readonly queue: string
  readonly bodySize: number
  readonly persistent: boolean
  readonly frameMax: number
}): PublishUnit {
  const method = encodeMethod(1, Method.basicPublish, [{ u16: 0 }, { short: '' }, { short: message.queue }, { u8: 0 }])
  const properties = Buffer.alloc(15)
  properties.writeUInt16BE(60, 0)
  properties.writeBigUInt64BE(BigInt(message.bodySize), 4)
  properties.writeUInt16BE(0x1000, 12)
  properties.writeUInt8(message.persistent ? 2 : 1, 14)
  const header = encodeFrame(FrameType.header, 1, properties)
  const bodies: Buffer[] = []
  const pieceMax = message.frameMax - frameOverhead
  for (let sent = 0; sent < message.bodySize; sent += pieceMax) {
    bodies.push(encodeFrame(FrameType.body, 1, Buffer.alloc(Math.min(pieceMax, message.bodySize - sent))))
  }
  return { bytes: Buffer.concat([method, header, ...bodies]), bodyOffset: method.length + header.length + 7 }
}

function encodeFrame(type: number, channel: number, payload: Buffer): Buffer {
  const frame = Buffer.alloc(payload.length + frameOverhead)
  frame.writeUInt8(type, 0)
  frame.writeUInt16BE(channel, 1)
  frame.writeUInt32BE(payload.length, 3)
  payload.copy(frame, 7)
  frame.writeUInt8(0xce, frame.length - 1)
  return frame
}

function encodeArgument(argument: Argument): Buffer {
  if ('short' in argument) {
    const text = Buffer.from(argument.short)
    return Buffer.concat([Buffer.of(text.length), text])
  }
  if ('long' in argument) {
    const bytes = Buffer.alloc(4 + argument.long.length)
    bytes.writeUInt32BE(argument.long.length)
    argument.long.copy(bytes, 4)
    return bytes
  }
  const bytes = Buffer.alloc(8)
  if ('u8' in argument) return bytes.subarray(0, bytes.writeUInt8(argument.u8))
  if ('u16' in argument) return bytes.subarray(0, bytes.writeUInt16BE(argument.u16))
  if ('u32' in argument) return bytes.subarray(0, bytes.writeUInt32BE(argument.u32))
  return bytes.subarray(0, bytes.writeBigUInt64BE(BigInt(argument.u64)))
}
