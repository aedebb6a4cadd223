import { hostname } from 'node:os'

/** What the node is called in the log and by tools: RABBITMQ_NODENAME, else after the machine. */
export function nodeName(): string {
  const given = process.env.RABBITMQ_NODENAME
  if (given === undefined || given === '') return `rabbit@${hostname()}`
  return given.includes('@') ? given : `${given}@${hostname()}`
}
