import { Address } from '../../broker/address.ts'
import { Message } from '../../broker/message.ts'
import { encodeProperties, headerOf } from '../../broker/properties.ts'
import { type TableValue, tableInteger } from '../../std/table.ts'

/** A key as it lies in the message log: a message without a body, which nobody gets. */
const nowhere = new Address('', '')
const KEY = 'key'
const EXPIRY = 'expires-at'
const keyName = Buffer.from(KEY)
const expiryName = Buffer.from(EXPIRY)

export function keyRecord(key: string, expiresAt: number): Message {
  const headers: [string, TableValue][] = [[KEY, { tag: 'S', value: Buffer.from(key, 'latin1') }]]
  if (expiresAt !== Number.POSITIVE_INFINITY) headers.push([EXPIRY, { tag: 'l', value: BigInt(expiresAt) }])
  const properties = encodeProperties({ headers, deliveryMode: 2 })
  return new Message(nowhere, properties, 0, properties.length, 0)
}

/** Key and expiry in one text, as a note for the start. */
export function noteOfKey(properties: Buffer): string {
  const value = headerOf(properties, 0, keyName)
  const key = value?.tag === 'S' ? value.value.toString('latin1') : ''
  return `${tableInteger(headerOf(properties, 0, expiryName)) ?? ''} ${key}`
}

/** What such a note says. */
export function readNote(note: string): { readonly key: string; readonly expiresAt: number } {
  const end = note.indexOf(' ')
  return { key: note.slice(end + 1), expiresAt: end === 0 ? Number.POSITIVE_INFINITY : Number(note.slice(0, end)) }
}
