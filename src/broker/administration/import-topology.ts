import { longString, type Table, tableGet } from '../../std/table.ts'
import type { BindingDeclaration, ExchangeDeclaration, QueueDeclaration } from '../access.ts'
import { Fault } from '../fault.ts'
import type { Topology } from '../topology.ts'
import type { VirtualHosts } from '../virtual-hosts.ts'
import type { ImportCategory } from './definition-category.ts'
import type { DefinitionItem } from './definition-item.ts'
import { requireVhost } from './import-identities.ts'
import type { Office } from './office.ts'

export interface TopologyImportPorts {
  readonly office: Office
  readonly vhosts: VirtualHosts
  /** What queues are where neither they nor their virtual host say. */
  readonly defaultQueueType: string
  isQueueType(name: string): boolean
  isExchangeType(name: string): boolean
}

/** Nobody: what is declared is nobody's own. */
const importer = { name: 'import of definitions' }

export function exchanges(ports: TopologyImportPorts): ImportCategory {
  return {
    key: 'exchanges',
    title: 'exchanges',
    inVhost: true,
    check(item, scope) {
      requireVhost(item, scope)
      const { name, type } = exchange(item)
      if (isReserved(name)) return
      if (!ports.isExchangeType(type)) throw new Fault('precondition-failed', `unknown exchange type '${type}'`)
    },
    apply(item, { actor }) {
      const declaration = exchange(item)
      const { name } = declaration
      if (name === '') {
        ports.office.logger.warning(`Not importing the default exchange, acting user: ${actor.user.name}`)
      } else if (isReserved(name)) {
        const skipped = "Skipping import of an exchange whose name begins with 'amq.'"
        ports.office.logger.warning(`${skipped}, name: ${name}, acting user: ${actor.user.name}`)
      } else {
        const target = topology(ports, item)
        target.vhost.events.by(actor.user.name, () => target.declareExchange(declaration))
      }
    },
  }
}

export function queues(ports: TopologyImportPorts): ImportCategory {
  return {
    key: 'queues',
    title: 'queues',
    inVhost: true,
    check(item, scope) {
      requireVhost(item, scope)
      const { name } = queue(item)
      const type = item.text('type', 'classic')
      if (isReserved(name)) return
      if (!ports.isQueueType(type)) throw new Fault('precondition-failed', `unsupported queue type '${type}'`)
    },
    apply(item, { actor }) {
      const declaration = queue(item)
      const { name } = declaration
      if (isReserved(name)) {
        const skipped = "Skipping import of a queue whose name begins with 'amq.'"
        ports.office.logger.warning(`${skipped}, name: ${name}, acting user: ${actor.user.name}`)
        return
      }
      const target = topology(ports, item)
      const known = target.vhost.queue(name)
      const type = item.text('type', '')
      const ownDefault = ports.vhosts.record(item.vhost)?.defaultQueueType ?? ports.defaultQueueType
      // The file says what the queue was; a queue that is there keeps to what its arguments said.
      const isSaid = tableGet(declaration.arguments, 'x-queue-type') !== undefined
      const added: Table =
        known !== undefined || isSaid || type === '' || type === ownDefault ? [] : [typeArgument(type)]
      const whole = { ...declaration, arguments: [...declaration.arguments, ...added] }
      target.vhost.events.by(actor.user.name, () => target.declareQueue(whole, importer))
    },
  }
}

export function bindings(ports: TopologyImportPorts): ImportCategory {
  return {
    key: 'bindings',
    title: 'bindings',
    inVhost: true,
    check(item, scope) {
      requireVhost(item, scope)
      binding(item)
      const kind = item.text('destination_type', 'queue')
      if (kind !== 'queue' && kind !== 'exchange') {
        throw new Fault('precondition-failed', `unknown destination type '${kind}' of a binding`)
      }
    },
    apply(item, { actor }) {
      const declaration = binding(item)
      const target = topology(ports, item)
      // Bindings to the default exchange are there without being made.
      if (declaration.source === '') return
      target.vhost.events.by(actor.user.name, () => {
        if (item.text('destination_type', 'queue') === 'exchange') target.bindExchange(declaration)
        else target.bindQueue(declaration, importer)
      })
    },
  }
}

function exchange(item: DefinitionItem): ExchangeDeclaration {
  return {
    name: item.text('name'),
    type: item.text('type'),
    durable: item.flag('durable', true),
    autoDelete: item.flag('auto_delete', false),
    internal: item.flag('internal', false),
    arguments: item.table('arguments'),
  }
}

function queue(item: DefinitionItem): QueueDeclaration {
  return {
    name: item.text('name'),
    durable: item.flag('durable', true),
    exclusive: false,
    autoDelete: item.flag('auto_delete', false),
    arguments: item.table('arguments'),
  }
}

function binding(item: DefinitionItem): BindingDeclaration {
  return {
    source: item.text('source'),
    destination: item.text('destination'),
    routingKey: item.text('routing_key', ''),
    arguments: item.table('arguments'),
  }
}

function typeArgument(type: string): Table[number] {
  return ['x-queue-type', longString(type)]
}

function isReserved(name: string): boolean {
  return name === '' || name.startsWith('amq.')
}

function topology(ports: TopologyImportPorts, item: DefinitionItem): Topology {
  return ports.vhosts.topology(item.vhost)!
}
