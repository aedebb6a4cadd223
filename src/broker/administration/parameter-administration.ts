import type { JsonValue } from '../../std/json.ts'
import { Fault } from '../fault.ts'
import type { Parameter, Parameters } from '../parameters.ts'
import type { Actor } from './actor.ts'
import { validationFailed } from './limit-names.ts'
import type { Office } from './office.ts'

export interface ParameterPorts {
  readonly office: Office
  readonly parameters: Parameters
  hasVhost(name: string): boolean
}

/** The runtime parameters of virtual hosts: what plug-ins are told at run time, rather than in a file. */
export class ParameterAdministration {
  readonly #ports: ParameterPorts
  readonly #office: Office
  readonly #parameters: Parameters

  constructor(ports: ParameterPorts) {
    this.#ports = ports
    this.#office = ports.office
    this.#parameters = ports.parameters
  }

  async list(
    actor: Actor,
    filter: { readonly vhost?: string; readonly component?: string } = {},
  ): Promise<readonly Parameter[]> {
    const { vhost, component } = filter
    const where = vhost === undefined ? {} : { vhost }
    await this.#office.authorize({ operation: 'parameters.list', actor, ...where, resource: {} })
    const found = [...this.#parameters.all].filter(
      (parameter) =>
        (vhost === undefined || parameter.vhost === vhost) &&
        (component === undefined || parameter.component === component),
    )
    return this.#office.permitted(found, (name) => this.#office.enters(actor, name))
  }

  async get(actor: Actor, place: Omit<Parameter, 'value'>): Promise<Parameter | undefined> {
    const { vhost, component, name } = place
    await this.#office.authorize({ operation: 'parameters.get', actor, vhost, resource: {} })
    return this.#parameters.get(vhost, component, name)
  }

  /** Throws a Fault('precondition-failed') with the text of the component for what is wrong. Answers whether it is new. */
  set(actor: Actor, parameter: Parameter): Promise<'created' | 'updated'> {
    const { vhost, component, name, value } = parameter
    const matter = { operation: 'parameters.set', actor, what: describe(parameter), vhost, resource: {} } as const
    return this.#office.carryOut(matter, () => {
      if (!this.#ports.hasVhost(vhost)) throw new Fault('not-found', `Virtual host '${vhost}' does not exist`)
      const kind = this.#parameters.kind(component)
      if (kind === undefined) throw validationFailed([`component ${component} not found`])
      const problems = kind.validate(parameter, actor.user)
      if (problems.length > 0) throw validationFailed(problems)
      const known = this.#parameters.get(vhost, component, name)
      if (known !== undefined && JSON.stringify(known.value) === JSON.stringify(value)) return 'updated'
      this.#parameters.set({ vhost, component, name, value })
      this.#office.emit('parameter.set', actor, { vhost, component, name, value: eventValue(value) })
      return known === undefined ? 'created' : 'updated'
    })
  }

  /** Throws a Fault('not-found') when there is none. */
  clear(actor: Actor, place: Omit<Parameter, 'value'>): Promise<void> {
    const { vhost, component, name } = place
    const matter = { operation: 'parameters.clear', actor, what: describe(place), vhost, resource: {} } as const
    return this.#office.carryOut(matter, () => {
      const known = this.#parameters.get(vhost, component, name)
      if (known === undefined) throw new Fault('not-found', 'Parameter does not exist')
      this.#parameters.clear(known)
      this.#office.emit('parameter.cleared', actor, { vhost, component, name })
    })
  }
}

/** The parameters of the whole: `cluster_name`, `cluster_tags`, … */
export class GlobalParameterAdministration {
  readonly #office: Office
  readonly #parameters: Parameters

  constructor(ports: ParameterPorts) {
    this.#office = ports.office
    this.#parameters = ports.parameters
  }

  async list(actor: Actor): Promise<readonly { readonly name: string; readonly value: JsonValue }[]> {
    await this.#office.authorize({ operation: 'globalParameters.list', actor, resource: {} })
    return [...this.#parameters.allGlobal].filter(({ name }) => !hidden.includes(name))
  }

  async get(actor: Actor, name: string): Promise<JsonValue | undefined> {
    await this.#office.authorize({ operation: 'globalParameters.get', actor, resource: {} })
    return this.#parameters.global(name)?.value
  }

  set(actor: Actor, name: string, value: JsonValue): Promise<'created' | 'updated'> {
    const matter = {
      operation: 'globalParameters.set',
      actor,
      what: `global parameter '${name}'`,
      resource: {},
    } as const
    return this.#office.carryOut(matter, () => {
      const known = this.#parameters.global(name)
      this.#parameters.setGlobal(name, value)
      this.#office.emit('parameter.set', actor, { component: 'global', name, value: eventValue(value) })
      return known === undefined ? 'created' : 'updated'
    })
  }

  /** Throws a Fault('not-found') when there is none. */
  clear(actor: Actor, name: string): Promise<void> {
    const matter = {
      operation: 'globalParameters.clear',
      actor,
      what: `global parameter '${name}'`,
      resource: {},
    } as const
    return this.#office.carryOut(matter, () => {
      if (this.#parameters.global(name) === undefined) throw new Fault('not-found', 'Parameter does not exist')
      this.#parameters.clearGlobal(name)
      this.#office.emit('parameter.cleared', actor, { component: 'global', name })
    })
  }
}

/** Kept for the broker itself, and shown to nobody. */
const hidden = ['imported_definition_hash_value']

/** Events have no null. */
function eventValue(value: JsonValue): string | number | boolean {
  return typeof value === 'object' ? JSON.stringify(value) : value
}

function describe({ vhost, component, name }: Omit<Parameter, 'value'>): string {
  return `parameter '${name}' of component '${component}' in vhost '${vhost}'`
}
