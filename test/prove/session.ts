import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib'

/** One connection that survives its broker's death quietly. */
export class Session implements AsyncDisposable {
  readonly connection: ChannelModel
  /** Resolves when the connection is gone. */
  readonly end: Promise<void>
  broken = false
  /** Why the broker closed the connection or a channel, if it did. */
  readonly refusals: string[] = []

  private constructor(connection: ChannelModel) {
    this.connection = connection
    connection.on('error', (error: Error) => this.refusals.push(error.message))
    this.end = new Promise((resolve) => {
      connection.on('close', () => {
        this.broken = true
        resolve()
      })
    })
  }

  static async open(url: string): Promise<Session> {
    return new Session(await connect(url))
  }

  async channel(): Promise<Channel> {
    const channel = await this.connection.createChannel()
    channel.on('error', (error: Error) => this.refusals.push(error.message))
    return channel
  }

  async confirmChannel(): Promise<ConfirmChannel> {
    const channel = await this.connection.createConfirmChannel()
    channel.on('error', (error: Error) => this.refusals.push(error.message))
    return channel
  }

  /** An error of the library with what the broker last gave as a reason to close. */
  explained(error: unknown): Error {
    return new Error(`${String(error)}; the broker's last reason: ${this.refusals.at(-1) ?? 'none'}`, { cause: error })
  }

  async close(): Promise<void> {
    if (!this.broken) await this.connection.close().catch(() => undefined)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
