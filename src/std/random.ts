import { randomBytes } from 'node:crypto'

/** Source of chance; injected, so that a simulation replays from its seed. */
export interface Random {
  /** `count` unpredictable bytes. */
  bytes(count: number): Buffer
}

/** The operating system's randomness. */
export const systemRandom: Random = { bytes: (count) => randomBytes(count) }
