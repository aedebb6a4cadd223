import { Fault } from './fault.ts'
import { namePattern } from './name-pattern.ts'

/** What new passwords have to be like, as RabbitMQ's credential validators have it; throws a Fault with their texts. */
export function passwordRules(rules: {
  readonly passwordBytesMin?: number
  readonly passwordPattern?: string | undefined
}): (name: string, password: string) => void {
  const { passwordBytesMin = 0, passwordPattern } = rules
  const pattern = passwordPattern === undefined ? undefined : namePattern(passwordPattern)
  return (_name, password) => {
    if (Buffer.byteLength(password) < passwordBytesMin) {
      throw new Fault('precondition-failed', `minimum required password length is set to ${passwordBytesMin}`)
    }
    if (pattern !== undefined && !pattern.matches(password)) {
      throw new Fault('precondition-failed', 'provided password does not match the validator regular expression')
    }
  }
}
