import { en } from './en.ts'

/** The texts of the interface in the language that is shown. English is the only one so far. */
export const t: typeof en = en
