import { signal } from '@preact/signals'
import type { BrowsedMessage } from '../../data/message.ts'

/** A message that is to be edited and published again; the form takes it. */
export const draft = signal<BrowsedMessage | undefined>(undefined)
