import { Fault } from '../../broker/fault.ts'
import { StompError } from '../../wire/stomp/frame.ts'

/** What a client cannot have, as its ERROR frame says it: the `message` header, and (as the error's message) the body. */
export class Refusal extends Error {
  readonly title: string

  constructor(title: string, detail: string) {
    super(detail)
    this.title = title
  }
}

/** A header that is not of its form. */
export function processingError(): Refusal {
  return new Refusal('Processing error', 'Processing error')
}

/** The refusal an error stands for; undefined when the error is ours and not the client's. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  if (error instanceof StompError) return new Refusal('Malformed frame', error.message)
  if (!(error instanceof Fault)) return undefined
  const title = error.kind.replaceAll('-', '_')
  return new Refusal(title, `${title.toUpperCase()} - ${error.message}`)
}
