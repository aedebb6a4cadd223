import { signal } from '@preact/signals'
import { ApiError, ask, authorize } from './request.ts'

/** Who is logged in. */
export interface User {
  readonly name: string
  readonly tags: readonly string[]
}

/** `starting` until it is known whether somebody is logged in. */
export const session = signal<{ readonly state: 'starting' | 'out' | 'in'; readonly user?: User }>({
  state: 'starting',
})

const KEY = 'lapine.authorization'

/** Logs in; throws an ApiError when the broker refuses. */
export async function logIn(name: string, password: string): Promise<void> {
  const bytes = new TextEncoder().encode(`${name}:${password}`)
  await enter(`Basic ${btoa(String.fromCharCode(...bytes))}`)
}

async function enter(authorization: string): Promise<void> {
  authorize(authorization)
  try {
    const user = await ask<User>('GET', '/whoami')
    sessionStorage.setItem(KEY, authorization)
    session.value = { state: 'in', user }
  } catch (error) {
    authorize(undefined)
    throw error
  }
}

/** Forgets who is logged in. */
export function logOut(): void {
  sessionStorage.removeItem(KEY)
  authorize(undefined)
  session.value = { state: 'out' }
}

/** Goes on as who was logged in in this tab. */
export async function restoreSession(): Promise<void> {
  const authorization = sessionStorage.getItem(KEY)
  if (authorization === null) return logOut()
  try {
    await enter(authorization)
  } catch (error) {
    // A broker that does not answer now may answer soon: only a refusal ends the session.
    if (error instanceof ApiError && error.status > 0) return logOut()
    setTimeout(() => void restoreSession(), 2000)
  }
}

/** Whether the user has a tag, or one that stands above it. */
export function hasTag(tag: 'administrator' | 'monitoring' | 'policymaker' | 'management'): boolean {
  const tags = session.value.user?.tags ?? []
  if (tags.includes('administrator') || tags.includes(tag)) return true
  return tag === 'management' && tags.some((one) => one === 'monitoring' || one === 'policymaker')
}
