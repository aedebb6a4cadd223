import { internalActor } from '../../../broker/administration/actor.ts'
import type { Broker } from '../../../broker/broker.ts'
import { Fault } from '../../../broker/fault.ts'
import { hasLevel } from '../../../broker/user.ts'
import type { Node } from '../../../plugin.ts'
import { counted, type Finding } from './finding.ts'
import type { Observations } from './observations.ts'

const DAY = 86_400_000
const NEAR = 0.8
const CHANNELS_PER_CONNECTION_MAX = 100
const CHURN_PER_SECOND_MAX = 10
const EXPIRY_DAYS = 30

/** What looks wrong about the node and its clients. */
export function findOnNode(broker: Broker, node: Node, observations: Observations): Finding[] {
  return [
    ...alarms(broker),
    ...damage(broker),
    ...nearLimits(node),
    ...churn(observations),
    ...unroutable(observations),
    ...connections(node),
    ...certificates(broker, node),
  ]
}

function* alarms(broker: Broker): Iterable<Finding> {
  for (const alarm of broker.alarms) {
    yield {
      rule: 'alarm',
      severity: 'critical',
      text: `The broker is ${alarm}: publishers wait.`,
      fix:
        alarm === 'low on disk'
          ? 'Free disk space, or let consumers drain.'
          : 'Let consumers drain, or give it more memory.',
      kind: 'alarm',
      name: alarm,
    }
  }
}

function* damage({ damageCount }: Broker): Iterable<Finding> {
  if (damageCount === 0) return
  yield {
    rule: 'damage',
    severity: 'critical',
    text: `${counted(damageCount, 'record')} on disk did not verify.`,
    fix: 'GET /api/x/damage says what was lost. Look after the disk.',
  }
}

function* nearLimits(node: Node): Iterable<Finding> {
  const { residentBytes, memoryBytesMax, openFiles, openFilesMax, diskFreeBytes, diskFreeBytesMin } = node
  const limits: readonly [what: string, used: number, max: number, fix: string][] = [
    ['Memory', residentBytes, memoryBytesMax, 'Let consumers drain, or raise vm_memory_high_watermark.'],
    ['Open files', openFiles, openFilesMax, 'Raise the limit of open files (ulimit -n).'],
  ]
  for (const [what, used, max, fix] of limits) {
    if (max <= 0 || used < max * NEAR) continue
    const share = Math.round((used / max) * 100)
    yield {
      rule: 'limit_near',
      severity: 'warning',
      text: `${what}: ${share} % of the limit.`,
      fix,
      values: { used, max },
    }
  }
  if (diskFreeBytes === undefined || diskFreeBytes * NEAR >= diskFreeBytesMin) return
  const values = { used: diskFreeBytes, max: diskFreeBytesMin }
  const text = 'Free disk space is close to disk_free_limit, below which publishers wait.'
  yield { rule: 'limit_near', severity: 'warning', text, fix: 'Free disk space.', values }
}

function* churn({ node: change }: Observations): Iterable<Finding> {
  if (change === undefined) return
  const seconds = change.elapsed / 1000
  for (const kind of ['connections', 'channels'] as const) {
    const rate = change[kind] / seconds
    if (rate <= CHURN_PER_SECOND_MAX) continue
    yield {
      rule: `${kind.slice(0, -1)}_churn`,
      severity: 'warning',
      text: `Clients open ${rate.toFixed(1)} ${kind} a second.`,
      fix: `Keep ${kind} open and use them again.`,
      values: { rate },
    }
  }
}

function* unroutable({ node: change }: Observations): Iterable<Finding> {
  for (const [vhost, count] of change?.unroutable ?? []) {
    if (count <= 0) continue
    yield {
      rule: 'unroutable',
      severity: 'warning',
      text: `${counted(count, 'message')} reached no queue of virtual host '${vhost}' within ${counted(Math.round(change!.elapsed / 1000), 'second')}.`,
      fix: 'Bind a queue, or set an alternate exchange. The routing preview tells where a message would go.',
      vhost,
      values: { messages: count },
    }
  }
}

function* connections(node: Node): Iterable<Finding> {
  for (const { name, vhost, state, channelCount } of node.connections()) {
    const about = { vhost, kind: 'connection', name }
    if (state === 'blocked') {
      yield {
        ...about,
        rule: 'connection_blocked',
        severity: 'warning',
        text: `Connection ${name} publishes and is held up by an alarm.`,
        fix: 'See to the alarm.',
      }
    }
    if (channelCount > CHANNELS_PER_CONNECTION_MAX) {
      yield {
        ...about,
        rule: 'channel_leak',
        severity: 'warning',
        text: `Connection ${name} has ${counted(channelCount, 'channel')} open.`,
        fix: 'Close channels after use: the client seems to leak them.',
        values: { channels: channelCount },
      }
    }
  }
}

function* certificates({ clock }: Broker, { certificates }: Node): Iterable<Finding> {
  for (const { setting, validTo } of certificates) {
    const days = Math.floor((validTo - clock.now()) / DAY)
    if (days >= EXPIRY_DAYS) continue
    yield {
      rule: 'certificate_expiry',
      severity: days < 0 ? 'critical' : 'warning',
      text:
        days < 0
          ? `The certificate of ${setting} has expired.`
          : `The certificate of ${setting} expires in ${counted(days, 'day')}.`,
      fix: 'Renew it.',
      kind: 'certificate',
      name: setting,
      values: { expires_at: validTo },
    }
  }
}

/** Whether everybody on the network may log in with the password everybody knows. */
export async function findDefaultPassword(broker: Broker, node: Node): Promise<Finding[]> {
  if (broker.settings.loopbackUsers.includes('guest')) return []
  if (!node.listeners.some(({ address }) => !/^(127\.|::1$|localhost$)/.test(address))) return []
  const user = await broker.administration.users
    .authenticate(internalActor('findings'), 'guest', 'guest')
    .catch((error: unknown) => {
      if (error instanceof Fault) return undefined
      throw error
    })
  if (user === undefined) return []
  return [
    {
      rule: 'default_password',
      severity: 'critical',
      text: `User 'guest' has the password everybody knows, and may log in from anywhere.`,
      fix: 'Delete the user, or change its password.',
      kind: 'user',
      name: 'guest',
      values: { administrator: hasLevel(user, 'administrator') },
    },
  ]
}
