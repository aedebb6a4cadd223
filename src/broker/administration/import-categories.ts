import type { ImportCategory } from './definition-category.ts'
import { type IdentityPorts, permissions, topicPermissions, users, vhosts } from './import-identities.ts'
import { globalParameters, type PolicyImportPorts, parameters, policies } from './import-policies.ts'
import { bindings, exchanges, queues, type TopologyImportPorts } from './import-topology.ts'

export type CategoryPorts = IdentityPorts & PolicyImportPorts & TopologyImportPorts

/** The lists of a file of definitions, in the order in which RabbitMQ reads them. */
export function importCategories(ports: CategoryPorts): readonly ImportCategory[] {
  return [
    users(ports),
    vhosts(ports),
    permissions(ports),
    topicPermissions(ports),
    exchanges(ports),
    globalParameters(ports),
    policies(ports),
    parameters(ports),
    queues(ports),
    bindings(ports),
  ]
}
