/**
 * What a client can do wrong, in the words of the AMQP 0-9-1 reply codes, which are the field's.
 * A head translates a kind into its own code; the broker knows none.
 */
export type FaultKind =
  | 'access-refused'
  | 'content-too-large'
  | 'not-found'
  | 'resource-locked'
  | 'precondition-failed'
  | 'connection-forced'
  | 'frame-error'
  | 'syntax-error'
  | 'command-invalid'
  | 'channel-error'
  | 'unexpected-frame'
  | 'resource-error'
  | 'not-allowed'
  | 'not-implemented'
  | 'internal-error'

/** The client asked for what it cannot have. `message` is RabbitMQ's text without the code's name. */
export class Fault extends Error {
  readonly kind: FaultKind

  constructor(kind: FaultKind, message: string) {
    super(message)
    this.kind = kind
  }
}
