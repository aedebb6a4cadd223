/** Longest time a test waits for an event that must come, so that a hang names what it waited for. */
const patienceMilliseconds = 10_000

/** The value of `promise`, or a failure that says what did not happen in time. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), patienceMilliseconds)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Asks again until the answer pleases: for states the protocol has no event for, such as a queue's
 * length. Answers what pleased.
 */
export async function eventually<T>(ask: () => Promise<T>, pleases: (answer: T) => boolean, what: string): Promise<T> {
  const deadline = performance.now() + patienceMilliseconds
  for (;;) {
    const answer = await ask()
    if (pleases(answer)) return answer
    if (performance.now() > deadline)
      throw new Error(`waited in vain for ${what}; last seen: ${JSON.stringify(answer)}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
