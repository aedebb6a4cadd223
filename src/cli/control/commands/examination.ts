import type { JsonObject } from '../../../std/json.ts'
import type { BrokerClient } from '../broker-client.ts'
import { type ControlCommands, ControlError, type Given } from '../control-command.ts'

interface Examined {
  readonly name?: string
  readonly rule?: string
  readonly status?: string
  readonly severity?: string
  readonly text: string
  readonly fix?: string
}

async function doctor(broker: BrokerClient, { print }: Given) {
  const found = (await broker.get('x', 'doctor')) as JsonObject
  const checks = found.checks as unknown as readonly Examined[]
  const findings = found.findings as unknown as readonly Examined[]
  const line = (mark: string, { text, fix }: Examined): string =>
    `${mark.padEnd(8)} ${text}\n${fix === undefined ? '' : `         → ${fix}\n`}`
  const text = [
    ...checks.map((one) => line(one.status ?? '', one)),
    ...findings.map((one) => line(one.severity ?? '', one)),
  ].join('')
  const isBad = found.status === 'error' || findings.some(({ severity }) => severity === 'critical')
  if (!isBad) return { value: found, text }
  print(text)
  throw new ControlError(1, 'something is wrong: see above')
}

/** Nagios: 0 well, 1 warning, 2 critical, 3 unknown; one line, with figures behind the bar. */
const NAGIOS = { ok: 0, warning: 1, critical: 2 } as const

type Verdict = { readonly level: keyof typeof NAGIOS; readonly text: string; readonly figures: string }

async function judgeQueue(broker: BrokerClient, { args: [, queue], vhost, options }: Given): Promise<Verdict> {
  const { messages = 0, consumers = 0 } = (await broker.get('queues', vhost, queue ?? '')) as JsonObject
  const [warning, critical] = [Number(options.warning ?? 1000), Number(options.critical ?? 10_000)]
  const depth = Number(messages)
  const level = depth >= critical ? 'critical' : depth >= warning || consumers === 0 ? 'warning' : 'ok'
  return {
    level,
    text: `${depth} messages, ${String(consumers)} consumers in ${queue}`,
    figures: `messages=${depth};${warning};${critical} consumers=${String(consumers)}`,
  }
}

async function judgeNode(broker: BrokerClient): Promise<Verdict> {
  const [node] = (await broker.get('nodes')) as readonly JsonObject[]
  const { mem_used: used, mem_limit: max, disk_free: free, disk_free_limit: min, mem_alarm, disk_free_alarm } = node!
  const level =
    mem_alarm === true || disk_free_alarm === true ? 'critical' : Number(used) > Number(max) * 0.9 ? 'warning' : 'ok'
  const figures = `memory=${String(used)};;${String(max)} disk_free=${String(free)};;${String(min)}`
  return { level, text: level === 'ok' ? 'no alarms' : 'short of memory or disk', figures }
}

/** What is wrong, for people and for monitors. */
export const examinationCommands: ControlCommands = {
  doctor: {
    summary: 'Examines the broker: limits, disk, clock, certificates, findings; exit code 1 when something is wrong',
    parameters: [],
    run: doctor,
  },
  check: {
    summary: 'One line for Nagios and its kin: check node, check queue <name> (--warning, --critical messages)',
    parameters: ['node | queue', '[name]'],
    inVhost: true,
    options: ['warning', 'critical'],
    run: async (broker, given) => {
      const [what] = given.args
      if (what !== 'node' && what !== 'queue')
        throw new ControlError(3, `there is no check '${what}': node, queue <name>`)
      const { level, text, figures } = await (what === 'node' ? judgeNode(broker) : judgeQueue(broker, given)).catch(
        (error: Error) => {
          throw new ControlError(3, `UNKNOWN - ${error.message}`)
        },
      )
      const line = `${level.toUpperCase()} - ${text} | ${figures}`
      if (level === 'ok') return { text: line }
      given.print(`${line}\n`)
      throw new ControlError(NAGIOS[level], text)
    },
  },
  top: {
    summary: 'Shows the busiest queues, again every --interval seconds while somebody looks; q ends it',
    parameters: [],
    options: ['interval', 'sort', 'lines', 'once!'],
    run: async (broker, given) => {
      const { runTop } = await import('../top.ts')
      await runTop(broker, given)
      return undefined
    },
  },
}
