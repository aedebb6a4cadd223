import { hasLevel } from '../../../broker/user.ts'
import { type ClockReading, examine } from '../findings/doctor.ts'
import { type Finding, ordered } from '../findings/finding.ts'
import { Findings } from '../findings/findings.ts'
import type { Json } from '../listing.ts'
import type { Call, Route } from '../route.ts'
import type { Surroundings } from '../surroundings.ts'

/** What is wrong, or will be, and what to do about it. */
export function findingRoutes({ broker, node }: Surroundings): Route[] {
  const findings = new Findings(broker, node)
  let since: ClockReading | undefined
  const show = async (call: Call): Promise<Finding[]> => {
    const { actor } = call
    if (hasLevel(actor.user, 'monitoring')) return findings.all()
    const visible = new Set((await broker.administration.vhosts.list(actor)).map(({ name }) => name))
    // Connections are seen by their own users alone.
    return (await findings.all()).filter(({ vhost, kind }) => kind !== 'connection' && visible.has(vhost ?? ''))
  }
  return [
    {
      method: 'GET',
      path: '/x/findings',
      handle: async (call) => {
        await broker.administration.authorize({ operation: 'findings.list', actor: call.actor, resource: {} })
        return ordered(await show(call)) as unknown as Json
      },
    },
    {
      method: 'GET',
      path: '/x/doctor',
      handle: async ({ actor }) => {
        await broker.administration.authorize({ operation: 'node.look', actor, resource: {} })
        since ??= { wall: broker.clock.now(), monotonic: broker.clock.monotonic() }
        const checks = await examine(broker, node, since)
        const worst = ['error', 'warning'].find((status) => checks.some((check) => check.status === status)) ?? 'ok'
        return { status: worst, checks, ...ordered(await findings.all()) } as unknown as Json
      },
    },
  ]
}
