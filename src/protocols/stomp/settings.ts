/** What can be set about the STOMP head. */
export interface StompSettings {
  /** Where clients land that name no `host`. */
  readonly vhost: string
  /** The exchange behind `/topic`. */
  readonly topicExchange: string
  /** Who a client is that names no login. */
  readonly defaultUser: string
  readonly defaultPassword: string
  /** A client may go without CONNECT: it is the default user then. */
  readonly implicitConnect: boolean
  /** The client's certificate is its login (mechanism EXTERNAL). */
  readonly certificateLogin: boolean
  readonly loginMilliseconds: number
  readonly connectionsMax: number | undefined
  readonly frameBytesMaxUnauthenticated: number
  readonly frameBytesMaxAuthenticated: number
  /** NACK without a `requeue` header puts the message back into its queue. */
  readonly nackRequeues: boolean
  /** CONNECTED does not say which server this is. */
  readonly hidesServer: boolean
  /** `RabbitMQ/4.3.0`. */
  readonly server: string
}
