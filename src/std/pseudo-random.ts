import type { Random } from './random.ts'

/** Quick chance for choices that nobody must be kept from predicting: a sequence that depends on its seed alone. */
export class PseudoRandom {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** Seeded by true chance. */
  static from(random: Random): PseudoRandom {
    return new PseudoRandom(random.bytes(4).readInt32LE())
  }

  /** A whole number from 0 to `end` - 1. */
  below(end: number): number {
    this.#state = (this.#state + 0x9e37_79b9) | 0
    return Math.floor((mixed32(this.#state) / 0x1_0000_0000) * end)
  }
}

/** 32 bits of which each depends on every one of `value`, as an unsigned number; different for different values. */
export function mixed32(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
