/** The types of frames. */
export const frameTypes = { method: 1, header: 2, body: 3, heartbeat: 8 } as const

/** The octet every frame ends with. */
export const frameEnd = 0xce

/** Bytes of a frame around its payload: type, channel and size before it, the end octet behind it. */
export const frameOverhead = 8

/** The class of all content: basic. */
export const basicClassId = 60

/** Reply codes by the name that starts the reply text. */
export const replyCodes = {
  REPLY_SUCCESS: 200,
  CONTENT_TOO_LARGE: 311,
  NO_ROUTE: 312,
  NO_CONSUMERS: 313,
  CONNECTION_FORCED: 320,
  INVALID_PATH: 402,
  ACCESS_REFUSED: 403,
  NOT_FOUND: 404,
  RESOURCE_LOCKED: 405,
  PRECONDITION_FAILED: 406,
  FRAME_ERROR: 501,
  SYNTAX_ERROR: 502,
  COMMAND_INVALID: 503,
  CHANNEL_ERROR: 504,
  UNEXPECTED_FRAME: 505,
  RESOURCE_ERROR: 506,
  NOT_ALLOWED: 530,
  NOT_IMPLEMENTED: 540,
  INTERNAL_ERROR: 541,
} as const satisfies Record<string, number>

export type ReplyCodeName = keyof typeof replyCodes

const softCodes: ReadonlySet<number> = new Set([311, 312, 313, 403, 404, 405, 406])

/** Whether the error ends the whole connection rather than one channel. */
export function isHardError(code: number): boolean {
  return !softCodes.has(code)
}
