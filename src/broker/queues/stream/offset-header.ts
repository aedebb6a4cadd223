import { tableDelete } from '../../../std/table.ts'
import { type Message, withProperties } from '../../message.ts'
import { headerOf, headersAt, PropertyFlag, propertyFlags } from '../../properties.ts'

/** The header by which consumers learn the offset of a message. */
const name = Buffer.from('x-stream-offset')
/** Length of the name · name · type `l` · value. */
const FIELD_SIZE = 1 + name.length + 1 + 8
const field = Buffer.concat([Buffer.of(name.length), name, Buffer.from('l'), Buffer.alloc(8)])
const TABLE_LENGTH_SIZE = 4

/** The message without an offset of another stream. */
export function withoutOffset(message: Message): Message {
  if (headerOf(message.content, message.offset, name) === undefined) return message
  return withProperties(message, { headers: tableDelete(message.properties.headers!, name.toString()) })
}

/** Bytes that the properties take with the offset among the headers. */
export function sizeWithOffset({ content, offset, propertiesSize }: Message): number {
  const hasHeaders = (propertyFlags(content, offset) & PropertyFlag.headers) !== 0
  return propertiesSize + FIELD_SIZE + (hasHeaders ? 0 : TABLE_LENGTH_SIZE)
}

/** Writes properties, the offset among the headers, and body. Answers where they end. */
export function writeWithOffset(target: Buffer, start: number, message: Message, streamOffset: number): number {
  const { content, offset, propertiesSize, bodySize } = message
  const flags = propertyFlags(content, offset)
  const headers = headersAt(content, offset)
  target[start] = (flags | PropertyFlag.headers) >> 8
  target[start + 1] = flags & 0xff
  let at = start + 2
  at += content.copy(target, at, offset + 2, headers)
  const hasHeaders = (flags & PropertyFlag.headers) !== 0
  const size = hasHeaders ? content.readUInt32BE(headers) : 0
  at = target.writeUInt32BE(size + FIELD_SIZE, at)
  at += field.copy(target, at)
  target.writeUInt32BE(Math.floor(streamOffset / 0x1_0000_0000), at - 8)
  target.writeUInt32BE(streamOffset % 0x1_0000_0000, at - 4)
  const rest = hasHeaders ? headers + TABLE_LENGTH_SIZE : headers
  return at + content.copy(target, at, rest, offset + propertiesSize + bodySize)
}
