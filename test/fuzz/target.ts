import type { Chance } from './chance.ts'

/** Something that reads what others wrote, and how to make input for it. */
export interface FuzzTarget<Input extends Buffer | string = Buffer | string> {
  readonly name: string
  /** Makes inputs; one for each run of a campaign. */
  maker(seed: number): (chance: Chance) => Input
  /**
   * Reads an input. Answers whether it was accepted; throws for whatever the reader must not do: an error of a kind that
   * its callers do not know, a result that contradicts itself.
   */
  read(input: Input): boolean | Promise<boolean>
}

/** A target whose type of input is its own business. */
export function target<Input extends Buffer | string>(given: FuzzTarget<Input>): FuzzTarget {
  return given as unknown as FuzzTarget
}
