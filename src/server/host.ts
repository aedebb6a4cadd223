import type { Broker } from '../broker/broker.ts'
import type { Extensions, Host, Node, Plugin, Protocol, SaslMechanism, Upgrader } from '../plugin.ts'
import type { Logger } from '../std/logger.ts'

/** A plug-in with the settings it will be started with. */
export interface Installation {
  readonly name: string
  readonly requires: readonly string[]
  start(host: Host): void | Promise<void>
}

/** Binds a plug-in to its settings, so that plug-ins of any settings fit one list. */
export function install<Settings>(plugin: Plugin<Settings>, settings: Settings): Installation {
  return {
    name: plugin.name,
    requires: plugin.requires ?? [],
    start: (host) => plugin.start(host, settings),
  }
}

/** Starts plug-ins in the order of what they require, and takes back in reverse all they added. */
export class PluginHost {
  readonly #broker: Broker
  readonly #logger: Logger
  readonly #node: Node
  readonly #protocols = new Map<string, Protocol>()
  readonly #mechanisms = new Map<string, SaslMechanism>()
  readonly #started: string[] = []
  #upgrader: Upgrader | undefined
  /** Undoes, newest last. */
  readonly #undo: (() => void | Promise<void>)[] = []

  constructor(broker: Broker, logger: Logger, node: Node) {
    this.#broker = broker
    this.#logger = logger
    this.#node = node
  }

  get started(): readonly string[] {
    return this.#started
  }

  /** Heads added so far, by name. */
  get protocols(): ReadonlyMap<string, Protocol> {
    return this.#protocols
  }

  async start(installations: readonly Installation[]): Promise<void> {
    for (const installation of inOrder(installations)) {
      await installation.start(this.#door())
      this.#started.push(installation.name)
    }
  }

  /** Undoes everything, newest first; what fails to stop is logged and does not keep the rest from stopping. */
  async stop(): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
      try {
        await undo()
      } catch (error) {
        this.#logger.error(`stopping a plug-in: ${(error as Error).message}`)
      }
    }
    this.#started.length = 0
  }

  #door(): Host {
    const upgrader = () => this.#upgrader
    return {
      get upgrader() {
        return upgrader()
      },
      broker: this.#broker,
      logger: this.#logger,
      node: this.#node,
      mechanisms: this.#mechanisms,
      protocols: this.#protocols,
      add: (point, extension) => this.#add(point, extension),
      onStop: (dispose) => {
        this.#undo.push(dispose)
      },
    }
  }

  #add<P extends keyof Extensions>(point: P, extension: Extensions[P]): void {
    const added = { point, extension } as {
      [Q in keyof Extensions]: { point: Q; extension: Extensions[Q] }
    }[keyof Extensions]
    switch (added.point) {
      case 'protocol':
        return this.#addProtocol(added.extension)
      case 'upgrader': {
        this.#upgrader = added.extension
        this.#undo.push(() => {
          this.#upgrader = undefined
        })
        return
      }
      case 'exchangeType': {
        const { name } = added.extension
        this.#broker.addExchangeType(added.extension)
        this.#undo.push(() => this.#broker.removeExchangeType(name))
        return
      }
      case 'queueType': {
        const { name } = added.extension
        this.#broker.addQueueType(added.extension)
        this.#undo.push(() => this.#broker.removeQueueType(name))
        return
      }
      case 'mechanism': {
        const { name } = added.extension
        this.#mechanisms.set(name, added.extension)
        this.#undo.push(() => {
          this.#mechanisms.delete(name)
        })
        return
      }
      case 'parameterKind': {
        const { component } = added.extension
        this.#broker.addParameterKind(added.extension)
        this.#undo.push(() => this.#broker.removeParameterKind(component))
        return
      }
      case 'policyKey': {
        const { name } = added.extension
        this.#broker.addPolicyKey(added.extension)
        this.#undo.push(() => this.#broker.removePolicyKey(name))
        return
      }
      case 'authenticator': {
        const { name } = added.extension
        this.#broker.addAuthenticator(added.extension)
        this.#undo.push(() => this.#broker.removeAuthenticator(name))
        return
      }
      default:
        added satisfies never
    }
  }

  #addProtocol(protocol: Protocol): void {
    if (this.#protocols.has(protocol.name)) throw new Error(`two plug-ins bring the protocol ${protocol.name}`)
    this.#protocols.set(protocol.name, protocol)
    this.#undo.push(async () => {
      this.#protocols.delete(protocol.name)
      await protocol.close("broker forced connection closure with reason 'shutdown'")
    })
  }
}

/** What is required comes first; otherwise the order given. */
function inOrder(installations: readonly Installation[]): Installation[] {
  const byName = new Map(installations.map((installation) => [installation.name, installation]))
  const ordered: Installation[] = []
  const visit = (installation: Installation, path: readonly string[]): void => {
    if (ordered.includes(installation)) return
    if (path.includes(installation.name)) {
      throw new Error(`plug-ins require each other: ${[...path, installation.name].join(' → ')}`)
    }
    for (const name of installation.requires) {
      const required = byName.get(name)
      if (required === undefined) throw new Error(`plug-in ${installation.name} requires ${name}, which is not there`)
      visit(required, [...path, installation.name])
    }
    ordered.push(installation)
  }
  for (const installation of installations) visit(installation, [])
  return ordered
}
