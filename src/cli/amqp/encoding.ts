/**
 * Just enough of AMQP 0-9-1 for a client that moves and measures messages: properties pass through as bytes.
 *
 *   frame = type u8, channel u16, size u32, payload, 0xCE
 *   method payload = class u16, method u16, arguments
 *   header payload = class u16, weight u16, body size u64, flags u16, properties
 */
export const FrameType = { method: 1, header: 2, body: 3, heartbeat: 8 } as const
export const FRAME_OVERHEAD = 8

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
  connectionBlocked: 0x000a_003c,
  connectionUnblocked: 0x000a_003d,
  channelOpen: 0x0014_000a,
  channelOpenOk: 0x0014_000b,
  channelClose: 0x0014_0028,
  exchangeDeclare: 0x0028_000a,
  exchangeDeclareOk: 0x0028_000b,
  exchangeDelete: 0x0028_0014,
  exchangeDeleteOk: 0x0028_0015,
  queueDeclare: 0x0032_000a,
  queueDeclareOk: 0x0032_000b,
  queueBind: 0x0032_0014,
  queueBindOk: 0x0032_0015,
  queueDelete: 0x0032_0028,
  queueDeleteOk: 0x0032_0029,
  basicQos: 0x003c_000a,
  basicQosOk: 0x003c_000b,
  basicConsume: 0x003c_0014,
  basicConsumeOk: 0x003c_0015,
  basicCancel: 0x003c_001e,
  basicPublish: 0x003c_0028,
  basicReturn: 0x003c_0032,
  basicDeliver: 0x003c_003c,
  basicAck: 0x003c_0050,
  basicNack: 0x003c_0078,
  confirmSelect: 0x0055_000a,
  confirmSelectOk: 0x0055_000b,
} as const
export type Method = (typeof Method)[keyof typeof Method]

/** An argument of a method. */
export type Argument =
  | { readonly u8: number }
  | { readonly u16: number }
  | { readonly u32: number }
  | { readonly u64: number }
  | { readonly short: string }
  | { readonly long: Buffer }
  | { readonly table: FieldTable }

/** A table as arguments of queues have it. Numbers are whole. */
export interface FieldTable {
  readonly [name: string]: string | number | boolean | FieldTable
}

/** A method frame. */
export function encodeMethod(channel: number, method: Method, args: readonly Argument[] = []): Buffer {
  const id = Buffer.alloc(4)
  id.writeUInt32BE(method)
  return encodeFrame(FrameType.method, channel, Buffer.concat([id, ...args.map(encodeArgument)]))
}

/** A frame. */
export function encodeFrame(type: number, channel: number, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(payload.length + FRAME_OVERHEAD)
  frame.writeUInt8(type, 0)
  frame.writeUInt16BE(channel, 1)
  frame.writeUInt32BE(payload.length, 3)
  payload.copy(frame, 7)
  frame.writeUInt8(0xce, frame.length - 1)
  return frame
}

/** What goes out for one message. */
export interface Publication {
  readonly channel: number
  readonly exchange: string
  readonly routingKey: string
  readonly mandatory: boolean
  /** Flags and properties as on the wire. */
  readonly properties: Buffer
  readonly body: Buffer
}

/** Method, header and body frames of a message. */
export function encodePublication(message: Publication, frameMax: number): Buffer {
  const { channel, exchange, routingKey, mandatory, properties, body } = message
  const method = encodeMethod(channel, Method.basicPublish, [
    { u16: 0 },
    { short: exchange },
    { short: routingKey },
    { u8: mandatory ? 1 : 0 },
  ])
  const head = Buffer.alloc(12)
  head.writeUInt16BE(60, 0)
  head.writeBigUInt64BE(BigInt(body.length), 4)
  const header = encodeFrame(FrameType.header, channel, Buffer.concat([head, properties]))
  const bodies: Buffer[] = []
  const pieceMax = frameMax - FRAME_OVERHEAD
  for (let sent = 0; sent < body.length; sent += pieceMax) {
    bodies.push(encodeFrame(FrameType.body, channel, body.subarray(sent, sent + pieceMax)))
  }
  return Buffer.concat([method, header, ...bodies])
}

/** Flags and properties of a message with a delivery mode alone. */
export function deliveryMode(persistent: boolean): Buffer {
  return Buffer.of(0x10, 0x00, persistent ? 2 : 1)
}

function encodeArgument(argument: Argument): Buffer {
  if ('short' in argument) return shortText(argument.short)
  if ('long' in argument) return longBytes(argument.long)
  if ('table' in argument) return encodeTable(argument.table)
  const bytes = Buffer.alloc(8)
  if ('u8' in argument) return bytes.subarray(0, bytes.writeUInt8(argument.u8))
  if ('u16' in argument) return bytes.subarray(0, bytes.writeUInt16BE(argument.u16))
  if ('u32' in argument) return bytes.subarray(0, bytes.writeUInt32BE(argument.u32))
  return bytes.subarray(0, bytes.writeBigUInt64BE(BigInt(argument.u64)))
}

function shortText(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

function longBytes(content: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(content.length)
  return Buffer.concat([size, content])
}

function encodeTable(table: FieldTable): Buffer {
  const fields = Object.entries(table).map(([name, value]) => Buffer.concat([shortText(name), encodeField(value)]))
  return longBytes(Buffer.concat(fields))
}

function encodeField(value: FieldTable[string]): Buffer {
  switch (typeof value) {
    case 'string':
      return Buffer.concat([Buffer.from('S'), longBytes(Buffer.from(value))])
    case 'boolean':
      return Buffer.of(0x74, value ? 1 : 0)
    case 'number': {
      const bytes = Buffer.alloc(9)
      bytes.write('l')
      bytes.writeBigInt64BE(BigInt(value), 1)
      return bytes
    }
    default:
      return Buffer.concat([Buffer.from('F'), encodeTable(value)])
  }
}
