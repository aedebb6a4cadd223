import type { PolicyValue } from '../effective-policy.ts'
import { Fault } from '../fault.ts'
import type { Parameters } from '../parameters.ts'
import type { Policies, Policy, PolicyKind } from '../policies/policies.ts'
import { policyProblems } from '../policies/policy-validation.ts'
import type { Actor } from './actor.ts'
import type { ImportCategory, ImportScope } from './definition-category.ts'
import { DefinitionItem } from './definition-item.ts'
import { requireVhost } from './import-identities.ts'
import { validationFailed } from './limit-names.ts'
import type { Office } from './office.ts'

export interface PolicyImportPorts {
  readonly office: Office
  readonly policies: Policies
  readonly parameters: Parameters
  /** Tells queues and exchanges of a virtual host what policies say of them now. */
  applyPolicies(vhost: string, actor: Actor): Promise<void>
}

export function globalParameters(ports: PolicyImportPorts): ImportCategory {
  return {
    key: 'global_parameters',
    title: 'global runtime parameters',
    inVhost: false,
    check(item) {
      item.text('name')
    },
    apply(item, { actor }) {
      const name = item.text('name')
      // Who the cluster is stays what it was.
      if (name === 'internal_cluster_id') return
      ports.parameters.setGlobal(name, item.value('value') ?? null)
      ports.office.emit('parameter.set', actor, { component: 'global', name })
    },
  }
}

export function policies(ports: PolicyImportPorts): ImportCategory {
  return {
    key: 'policies',
    title: 'policies',
    inVhost: true,
    check(item, scope) {
      requireVhost(item, scope)
      checkPolicy(item, 'policy', ports.policies)
    },
    apply: (item, scope) => applyPolicy(item, 'policy', scope, ports),
    async done({ touchedVhosts, actor }) {
      for (const vhost of touchedVhosts) await ports.applyPolicies(vhost, actor)
      touchedVhosts.clear()
    },
  }
}

function checkPolicy(item: DefinitionItem, kind: PolicyKind, known: Policies): void {
  const name = item.text('name')
  const problems = policyProblems(
    {
      name,
      pattern: item.value('pattern'),
      definition: item.value('definition'),
      priority: item.value('priority') ?? 0,
      applyTo: item.value('apply-to') ?? 'all',
    },
    kind,
    known,
  )
  if (problems.length > 0) throw placed(validationFailed(problems), `${item.vhost}/${name}`)
}

function applyPolicy(item: DefinitionItem, kind: PolicyKind, scope: ImportScope, ports: PolicyImportPorts): void {
  const { vhost } = item
  const name = item.text('name')
  const definition = item.object('definition') as Readonly<Record<string, PolicyValue>>
  const policy = {
    kind,
    vhost,
    name,
    pattern: item.text('pattern'),
    applyTo: item.text('apply-to', 'all'),
    priority: (item.value('priority') ?? 0) as number,
    definition,
  } as Policy
  const ignored = Object.keys(definition).filter((key) => ports.policies.key(key)?.ignored)
  if (ignored.length > 0) {
    const settings = ignored.join(', ')
    ports.office.logger.warning(`policy '${name}' in vhost '${vhost}' has settings without effect here: ${settings}`)
  }
  ports.policies.set(policy)
  scope.touchedVhosts.add(vhost)
  const { pattern, priority, applyTo } = policy
  ports.office.emit('policy.set', scope.actor, { name, vhost, pattern, definition, priority, 'apply-to': applyTo })
}

/** Components of RabbitMQ's plug-ins: what is set for them is kept for the day there is such a plug-in here. */
const foreignComponents = ['shovel', 'federation-upstream', 'federation-upstream-set']

export function parameters(ports: PolicyImportPorts): ImportCategory {
  const operatorPolicy = (item: DefinitionItem) =>
    new DefinitionItem({ ...item.object('value'), name: item.text('name'), vhost: item.vhost }, 'parameters', undefined)
  return {
    key: 'parameters',
    title: 'runtime parameters',
    inVhost: true,
    check(item, scope) {
      requireVhost(item, scope)
      const component = item.text('component')
      if (component === 'operator_policy') return checkPolicy(operatorPolicy(item), 'operator-policy', ports.policies)
      checkParameter(item, component, scope, ports)
    },
    apply(item, scope) {
      const component = item.text('component')
      if (component === 'operator_policy') return applyPolicy(operatorPolicy(item), 'operator-policy', scope, ports)
      const { vhost } = item
      const name = item.text('name')
      if (ports.parameters.kind(component) === undefined) {
        ports.office.logger.warning(
          `parameter '${name}' of component '${component}' in vhost '${vhost}' has no effect here`,
        )
      }
      ports.parameters.set({ vhost, component, name, value: item.value('value') ?? null })
      ports.office.emit('parameter.set', scope.actor, { vhost, component, name })
    },
    async done({ touchedVhosts, actor }) {
      for (const vhost of touchedVhosts) await ports.applyPolicies(vhost, actor)
      touchedVhosts.clear()
    },
  }
}

function checkParameter(item: DefinitionItem, component: string, scope: ImportScope, ports: PolicyImportPorts): void {
  const { vhost } = item
  const name = item.text('name')
  const place = `${vhost}/${component}/${name}`
  if (component === 'policy') {
    throw placed(new Fault('precondition-failed', 'policies may not be set using this method'), place)
  }
  const kind = ports.parameters.kind(component)
  if (kind === undefined) {
    if (foreignComponents.includes(component)) return
    throw placed(validationFailed([`component ${component} not found`]), place)
  }
  const problems = kind.validate({ vhost, component, name, value: item.value('value') ?? null }, scope.actor.user)
  if (problems.length > 0) throw placed(validationFailed(problems), place)
}

/** RabbitMQ says behind the text what it was about. */
function placed(fault: Fault, place: string): Fault {
  return new Fault(fault.kind, `${fault.message} (${place})`)
}
