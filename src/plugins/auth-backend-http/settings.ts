import type { ConnectionOptions } from 'node:tls'

/** How an HTTP service is asked who somebody is and what they may do (`auth_http`). */
export interface AuthHttpSettings {
  readonly method: 'get' | 'post'
  readonly userPath: string
  readonly vhostPath: string
  readonly resourcePath: string
  readonly topicPath: string
  readonly requestMilliseconds: number
  readonly connectionMilliseconds: number
  /** Clients are told the reason the service gives for a refusal. */
  readonly disclosesReasons: boolean
  /** Our certificate, whom we trust, and whether we look. */
  readonly tls: ConnectionOptions
}
