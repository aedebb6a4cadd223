import { overview } from './en/overview.ts'
import { queues } from './en/queues.ts'
import { shell } from './en/shell.ts'

/** All texts in English; a section for each page. Texts that depend on numbers are functions. */
export const en = { ...shell, overview, queues } as const
