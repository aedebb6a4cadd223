import { hostname } from 'node:os'

/** What this node is called, in the log, in texts, and to tools. */
export function nodeName(): string {
  return `lapine@${hostname()}`
}
