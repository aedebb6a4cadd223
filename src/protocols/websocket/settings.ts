/** What can be set for one protocol over WebSocket. */
export interface WebSocketSettings {
  /** Path of the request; undefined for any. */
  readonly path: string | undefined
  /** Origins whose pages may connect, `*` for any; without any, those of the host that is connected to. */
  readonly origins: readonly string[]
  readonly connectionsMax: number | undefined
  /** Milliseconds without a byte from the client after which it is gone; undefined for ever. */
  readonly idleMilliseconds: number | undefined
  readonly messageBytesMax: number
  /** How long the request may take. */
  readonly requestMilliseconds: number
  /** Frames that go out are text where they can be. */
  readonly givesText: boolean
  /** Who connects is who its HTTP request says (`Authorization: Basic`). */
  readonly httpAuthentication: boolean
}
