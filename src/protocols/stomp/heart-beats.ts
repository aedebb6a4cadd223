import { processingError } from './refusal.ts'

/** How often each side lets itself be heard at least, in milliseconds; 0 for never. */
export interface HeartBeats {
  readonly fromServer: number
  readonly fromClient: number
}

/** The `heart-beat` header of CONNECT: what the client can send, and what it wants. Whole seconds, at least one. */
export function readHeartBeats(header: string | undefined): HeartBeats {
  if (header === undefined) return { fromServer: 0, fromClient: 0 }
  const found = /^\s*(\d{1,9})\s*,\s*(\d{1,9})\s*$/.exec(header)
  if (found === null) throw processingError()
  return { fromClient: wholeSeconds(Number(found[1])), fromServer: wholeSeconds(Number(found[2])) }
}

function wholeSeconds(milliseconds: number): number {
  return milliseconds === 0 ? 0 : Math.max(1, Math.floor(milliseconds / 1000)) * 1000
}
