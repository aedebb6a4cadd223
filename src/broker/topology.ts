import type { Random } from '../std/random.ts'
import { longString, type Table, tableGet } from '../std/table.ts'
import type { BindingDeclaration, ExchangeDeclaration, QueueDeclaration } from './access.ts'
import { REPLY_TO } from './address.ts'
import { invalidArgument } from './argument-rule.ts'
import type { Binding } from './binding.ts'
import type { Consumer } from './consumer.ts'
import type { ChurnCounters } from './counters.ts'
import { type DefinitionOf, unpackTable } from './definition.ts'
import type { Definitions } from './definitions.ts'
import type { EffectivePolicy } from './effective-policy.ts'
import { Exchange } from './exchange.ts'
import type { ExchangeContext } from './exchange-context.ts'
import type { ExchangeType } from './exchange-type.ts'
import { Fault } from './fault.ts'
import type { MessageStore } from './message-store.ts'
import type { PolicyTarget } from './policies/policies.ts'
import type { Owner, Queue } from './queue.ts'
import {
  requestedQueueType,
  requireEquivalentExchange,
  requireEquivalentQueue,
  requireStringArgument,
} from './queue-arguments.ts'
import type { QueueType } from './queue-type.ts'
import type { QueueContext } from './queues/context.ts'
import { VolatileQueue } from './queues/volatile.ts'
import type { NoteOf } from './recovered-notes.ts'
import type { RecoveredQueue } from './recovered-queue.ts'
import { describe } from './resource.ts'
import type { VirtualHost } from './virtual-host.ts'

/** What the topology of a virtual host is built with. */
export interface TopologyPorts {
  readonly definitions: Definitions
  readonly store: MessageStore
  readonly random: Random
  readonly context: QueueContext
  readonly churn: ChurnCounters
  exchangeType(name: string): ExchangeType | undefined
  queueType(name: string): QueueType | undefined
  readonly rules: VhostRules
}

/** What operators have laid down for a virtual host, beside who may do what; it changes as they do. */
export interface VhostRules {
  /** What policies say about a thing of that name. */
  policy(target: PolicyTarget): EffectivePolicy
  /** The type of a queue whose declaration does not say. */
  readonly defaultQueueType: DefaultQueueType
  /** Whether there may be new queues of that type. */
  allowsQueueType(name: string): boolean
  /** Throws a Fault when there are as many queues as there may be. */
  checkQueueRoom(name: string): void
  /** Throws a Fault when there are as many exchanges as there may be. */
  checkExchangeRoom(name: string): void
}

/** Whose word it is: what a virtual host says is written into the arguments of the queue, as RabbitMQ does. */
export interface DefaultQueueType {
  readonly type: string
  readonly ofVhost: boolean
}

/**
 * Declares, deletes and binds in one virtual host by RabbitMQ's rules of equivalence and with its
 * replies. Knows owners (exclusive queues) but no permissions: those are `ClientAccess`'s. A change
 * is made at once; it is durable when `Definitions.pending` has resolved.
 */
export class Topology {
  readonly vhost: VirtualHost
  readonly #ports: TopologyPorts

  constructor(vhost: VirtualHost, ports: TopologyPorts) {
    this.vhost = vhost
    this.#ports = ports
  }

  /** The exchange, which must exist and not be the default one. */
  requireExchange(name: string): Exchange {
    requireNamed(name)
    const exchange = this.vhost.exchange(name)
    if (exchange === undefined) throw new Fault('not-found', `no ${describe('exchange', name, this.vhost.name)}`)
    return exchange
  }

  declareExchange(declaration: ExchangeDeclaration): Exchange {
    const { name } = declaration
    requireNamed(name)
    this.#requireType(declaration.type)
    const known = this.vhost.exchange(name)
    const description = describe('exchange', name, this.vhost.name)
    if (known !== undefined) {
      requireEquivalentExchange(properties(known), declaration, description)
      return known
    }
    requireFreeName('exchange', name)
    this.#ports.rules.checkExchangeRoom(name)
    return this.addExchange(declaration)
  }

  deleteExchange(name: string, options: { ifUnused: boolean }): void {
    requireNamed(name)
    const exchange = this.vhost.exchange(name)
    const description = describe('exchange', name, this.vhost.name)
    if (name.startsWith('amq.')) throw new Fault('access-refused', `deletion of system ${description} not allowed`)
    if (exchange === undefined) return
    if (options.ifUnused && exchange.bindingCount > 0) throw new Fault('precondition-failed', `${description} in use`)
    this.vhost.removeExchange(exchange)
  }

  /** The queue, which must exist and not be exclusive to somebody else. */
  requireQueue(name: string, owner: Owner): Queue {
    const queue = this.vhost.queue(name)
    if (queue === undefined) throw new Fault('not-found', `no ${describe('queue', name, this.vhost.name)}`)
    if (queue.owner !== undefined && queue.owner !== owner) throw this.#locked(name)
    return queue
  }

  declareQueue(given: QueueDeclaration, owner: Owner): Queue {
    const { churn } = this.#ports
    const declaration = this.#withDefaultType(given)
    const name = declaration.name === '' ? this.#madeUpName() : declaration.name
    const known = this.vhost.queue(name)
    if (known !== undefined) {
      const queue = this.#redeclare(known, declaration, owner)
      churn.queuesDeclared++
      return queue
    }
    if (isReplyAddress(name)) throw new Fault('not-found', `no ${describe('queue', name, this.vhost.name)}`)
    if (declaration.name !== '') requireFreeName('queue', name)
    const type = this.#requireQueueType(declaration)
    type.validate(declaration, describe('queue', name, this.vhost.name))
    this.#ports.rules.checkQueueRoom(name)
    const durable = declaration.durable && !declaration.exclusive
    const number = this.#ports.definitions.takeQueueNumber()
    const queue = this.#create(
      type,
      { ...declaration, name, durable },
      { owner: declaration.exclusive ? owner : undefined, number },
    )
    churn.queuesDeclared++
    churn.queuesCreated++
    this.vhost.events.queueCreated(queue)
    return queue
  }

  /** What the type of a queue or exchange found in the definitions wants to know of each of its messages. */
  noteOf(definition: DefinitionOf<'queue' | 'exchange'>): NoteOf | undefined {
    const { kind, type } = definition
    const found = kind === 'queue' ? this.#ports.queueType(type) : this.#ports.exchangeType(type)
    return found?.noteOf?.(unpackTable(definition.arguments))
  }

  /** Puts back a durable queue found in the definitions, with its messages as the log has them; undefined when its type is not known here. */
  restoreQueue(definition: DefinitionOf<'queue'>, recovered: RecoveredQueue | undefined): Queue | undefined {
    const type = this.#ports.queueType(definition.type)
    if (type === undefined) return undefined
    const declaration = { ...definition, durable: true, exclusive: false, arguments: unpackTable(definition.arguments) }
    const { number, paused } = definition
    return this.#create(type, declaration, { owner: undefined, number, recovered, paused })
  }

  /** Puts back a durable exchange; answers whether its type is known here. */
  restoreExchange(definition: DefinitionOf<'exchange'>, recovered: RecoveredQueue | undefined): boolean {
    if (this.#ports.exchangeType(definition.type) === undefined) return false
    const arguments_ = unpackTable(definition.arguments)
    const declaration = { ...definition, durable: true, arguments: arguments_ }
    this.#addExchange(declaration, { number: definition.number ?? 0, recovered })
    return true
  }

  restoreBinding(definition: DefinitionOf<'binding'>): void {
    const { source, routingKey, destinationKind } = definition
    const destination =
      destinationKind === 'queue'
        ? this.vhost.queue(definition.destination)
        : this.vhost.exchange(definition.destination)
    if (destination === undefined || this.vhost.exchange(source) === undefined) return
    this.vhost.bind({ source, destination, routingKey, arguments: unpackTable(definition.arguments) })
  }

  /** Makes an exchange whose name may be a reserved one. */
  addExchange(declaration: ExchangeDeclaration): Exchange {
    const keeps = this.#requireType(declaration.type).keepsMessages === true
    const exchange = this.#addExchange(declaration, {
      number: keeps ? this.#ports.definitions.takeQueueNumber() : 0,
      recovered: undefined,
    })
    void exchange.open()
    this.vhost.events.exchangeCreated(exchange)
    return exchange
  }

  /** Answers how many ready messages went with it; 0 when there is no such queue. */
  deleteQueue(name: string, owner: Owner, options: { ifUnused: boolean; ifEmpty: boolean }): number {
    if (this.vhost.queue(name) === undefined) return 0
    const queue = this.requireQueue(name, owner)
    const description = describe('queue', name, this.vhost.name)
    this.#ports.queueType(queue.type)?.validateDeletion?.(options, description)
    if (options.ifUnused && queue.consumerCount > 0) throw new Fault('precondition-failed', `${description} in use`)
    if (options.ifEmpty && queue.depth > 0) throw new Fault('precondition-failed', `${description} not empty`)
    return this.vhost.removeQueue(queue, 'queue-deleted')
  }

  /** Throws a Fault for arguments that its type refuses, or that a queue of this type cannot change. */
  alterQueue(name: string, owner: Owner, arguments_: Table): void {
    const queue = this.requireQueue(name, owner)
    const description = describe('queue', name, this.vhost.name)
    if (queue.alter === undefined) throw new Fault('not-allowed', `the arguments of ${description} cannot be changed`)
    queue.alter(arguments_)
    this.vhost.altered(queue)
  }

  /** Stops deliveries, or lets them go on. Throws a Fault for a queue that knows no such thing. */
  pauseQueue(name: string, owner: Owner, paused: boolean): void {
    const queue = this.requireQueue(name, owner)
    const description = describe('queue', name, this.vhost.name)
    if (queue.setPaused === undefined) throw new Fault('precondition-failed', `${description} cannot be paused`)
    if (queue.paused === paused) return
    queue.setPaused(paused)
    this.vhost.altered(queue)
    this.vhost.events.queuePaused(queue, paused)
  }

  bindQueue(declaration: BindingDeclaration, owner: Owner): void {
    const binding = this.#queueBinding(declaration, owner)
    this.#bind(binding)
  }

  /** What is not there is unbound: neither a missing queue nor a missing exchange is an error. */
  unbindQueue(declaration: BindingDeclaration, owner: Owner): void {
    const isThere = this.vhost.queue(declaration.destination) !== undefined
    if (this.#isSourceThere(declaration) && isThere) this.vhost.unbind(this.#queueBinding(declaration, owner))
  }

  bindExchange(declaration: BindingDeclaration): void {
    this.#bind(this.#exchangeBinding(declaration))
  }

  unbindExchange(declaration: BindingDeclaration): void {
    requireNamed(declaration.destination)
    const isThere = this.vhost.exchange(declaration.destination) !== undefined
    if (this.#isSourceThere(declaration) && isThere) this.vhost.unbind(this.#exchangeBinding(declaration))
  }

  #isSourceThere({ source }: BindingDeclaration): boolean {
    requireNamed(source)
    return this.vhost.exchange(source) !== undefined
  }

  /** A reply address for `consumer`; it lives until the consumer is removed from it. */
  addReplyQueue(consumer: Consumer): Queue {
    const name = `${REPLY_TO}.${this.#ports.random.bytes(24).toString('base64url')}`
    const onRemoved = () => {
      if (this.vhost.queue(name) === queue) this.vhost.removeQueue(queue, 'queue-deleted')
    }
    const { turn } = this.#ports.context
    const { name: vhost, taps } = this.vhost
    const queue: Queue = new VolatileQueue({ name, vhost, turn, taps, consumer, onRemoved })
    this.vhost.addQueue(queue)
    return queue
  }

  #create(
    type: QueueType,
    declaration: QueueDeclaration,
    kept: {
      owner: Owner | undefined
      number: number
      recovered?: RecoveredQueue | undefined
      paused?: boolean | undefined
    },
  ): Queue {
    const { name, durable, autoDelete } = declaration
    const { owner, number, recovered, paused } = kept
    const vhost = this.vhost.name
    const queue = type.create(
      {
        name,
        vhost,
        number,
        durable,
        autoDelete,
        owner,
        arguments: declaration.arguments,
        policy: this.#ports.rules.policy({ kind: 'queue', name, type: type.name }),
        recovered,
        paused,
      },
      this.#ports.context,
    )
    this.vhost.addQueue(queue)
    return queue
  }

  /** Where the declaration says no type, the one of the virtual host or the node, unless it is none for such a queue. */
  #withDefaultType(declaration: QueueDeclaration): QueueDeclaration {
    const { arguments: arguments_, durable, exclusive, autoDelete } = declaration
    if (tableGet(arguments_, 'x-queue-type') !== undefined) return declaration
    const { type, ofVhost } = this.#ports.rules.defaultQueueType
    if (type === 'classic' && !ofVhost) return declaration
    // Types that replicate know no queues that come and go with clients: such ones are classic all the same.
    if (type !== 'classic' && (!durable || exclusive || autoDelete)) return declaration
    return { ...declaration, arguments: [...arguments_, ['x-queue-type', longString(type)]] }
  }

  #requireQueueType({ name, arguments: arguments_ }: QueueDeclaration): QueueType {
    const description = describe('queue', name, this.vhost.name)
    const requested = requestedQueueType(arguments_, description) ?? 'classic'
    const type = this.#ports.queueType(requested)
    if (type === undefined || !this.#ports.rules.allowsQueueType(requested)) {
      throw invalidArgument('x-queue-type', description, `"unsupported queue type '${requested}'"`)
    }
    return type
  }

  #addExchange(
    declaration: ExchangeDeclaration,
    kept: { readonly number: number; readonly recovered: RecoveredQueue | undefined },
  ): Exchange {
    const { name, durable } = declaration
    const { clock, turn, store, logger } = this.#ports.context
    const { vhost } = this
    const description = describe('exchange', name, vhost.name)
    const type = this.#requireType(declaration.type)
    const alternate = requireStringArgument(declaration.arguments, 'alternate-exchange', description)
    type.validate?.(declaration.arguments, description)
    const context: ExchangeContext = {
      ...kept,
      ...{ name, vhost: vhost.name, durable, clock, turn, store, logger },
      publish: (message) => vhost.deliver(message, exchange),
      deliver: (message, destination) => vhost.deliver(message, destination),
    }
    const policy = this.#ports.rules.policy({ kind: 'exchange', name, type: type.name })
    const exchange: Exchange = new Exchange({ ...declaration, vhost: vhost.name, type, alternate, policy, context })
    vhost.addExchange(exchange)
    return exchange
  }

  #requireType(name: string): ExchangeType {
    const type = this.#ports.exchangeType(name)
    if (type === undefined) throw new Fault('precondition-failed', `unknown exchange type '${name}'`)
    return type
  }

  #redeclare(known: Queue, declaration: QueueDeclaration, owner: Owner): Queue {
    if (known instanceof VolatileQueue) return known
    if (known.owner !== (declaration.exclusive ? owner : undefined)) throw this.#locked(known.name)
    const durable = declaration.durable && !declaration.exclusive
    const description = describe('queue', known.name, this.vhost.name)
    requireEquivalentQueue(known, { ...declaration, durable }, description)
    known.used()
    return known
  }

  #bind(binding: Binding): void {
    const source = this.vhost.exchange(binding.source)!
    source.type.validateBinding?.(binding, source.arguments)
    if (!this.vhost.bind(binding)) return
    source.bound(binding)
    this.vhost.events.bindingCreated(binding)
  }

  #queueBinding(declaration: BindingDeclaration, owner: Owner): Binding {
    requireNamed(declaration.source)
    const destination = this.requireQueue(declaration.destination, owner)
    if (destination instanceof VolatileQueue) {
      throw new Fault('access-refused', 'cannot bind or unbind to a volatile (direct reply-to) queue')
    }
    this.requireExchange(declaration.source)
    return { ...declaration, destination }
  }

  #exchangeBinding(declaration: BindingDeclaration): Binding {
    this.requireExchange(declaration.source)
    return { ...declaration, destination: this.requireExchange(declaration.destination) }
  }

  #locked(name: string): Fault {
    const description = describe('queue', name, this.vhost.name)
    return new Fault(
      'resource-locked',
      `cannot obtain exclusive access to locked ${description}. It could be originally declared on another ` +
        'connection or the exclusive property value does not match that of the original declaration.',
    )
  }

  #madeUpName(): string {
    return `amq.gen-${this.#ports.random.bytes(16).toString('base64url')}`
  }
}

function properties(exchange: Exchange): ExchangeDeclaration {
  const { name, durable, autoDelete, internal } = exchange
  return { name, type: exchange.type.name, durable, autoDelete, internal, arguments: exchange.arguments }
}

function isReplyAddress(name: string): boolean {
  return name === REPLY_TO || name.startsWith(`${REPLY_TO}.`)
}

function requireNamed(exchange: string): void {
  if (exchange === '') throw new Fault('access-refused', 'operation not permitted on the default exchange')
}

function requireFreeName(kind: 'queue' | 'exchange', name: string): void {
  if (!name.startsWith('amq.')) return
  throw new Fault('access-refused', `${kind} name '${name}' contains reserved prefix 'amq.*'`)
}
