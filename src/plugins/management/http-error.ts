/** An answer other than success: status, and RabbitMQ's `{"error", "reason"}`. */
export class HttpError extends Error {
  readonly status: number
  readonly error: string
  readonly reason: string

  constructor(status: number, error: string, reason: string) {
    super(reason)
    this.status = status
    this.error = error
    this.reason = reason
  }
}

/** There is no such thing. */
export function notFound(): HttpError {
  return new HttpError(404, 'Object Not Found', 'Not Found')
}

/** The request cannot be understood or done; `reason` says what about it. */
export function badRequest(reason: string): HttpError {
  return new HttpError(400, 'bad_request', reason)
}

/** Who asks is known, but may not; RabbitMQ says 401 here, not 403. */
export function notAuthorised(reason = 'Access refused.'): HttpError {
  return new HttpError(401, 'not_authorised', reason)
}

/** Name or password is wrong. */
export function notAuthenticated(): HttpError {
  return new HttpError(401, 'not_authorized', 'Not_Authorized')
}
