import type { JsonValue } from '../std/json.ts'
import type { DefinitionOf } from './definition.ts'
import type { Definitions } from './definitions.ts'
import type { User } from './user.ts'

/** A runtime parameter. */
export interface Parameter {
  readonly vhost: string
  readonly component: string
  readonly name: string
  readonly value: JsonValue
}

/**
 * A component that parameters can be set for (`shovel`, `federation-upstream`): comes in as the extension
 * `parameterKind`. What it learns of at start was validated when it was set.
 */
export interface ParameterKind {
  readonly component: string
  /** What is wrong with a parameter, in RabbitMQ's words, a sentence each; none when it can be set. */
  validate(parameter: Parameter, acting: User): readonly string[]
  /** It was set, or found in the definitions when the kind was added; must not throw. */
  applied?(parameter: Parameter): void
  /** It was cleared, or its virtual host deleted; must not throw. */
  cleared?(parameter: Parameter): void
}

/** Parameters of virtual hosts and of the whole, kept in the definitions. */
export class Parameters {
  readonly #definitions: Definitions
  readonly #kinds = new Map<string, ParameterKind>()

  constructor(definitions: Definitions) {
    this.#definitions = definitions
  }

  get all(): Iterable<Parameter> {
    return this.#definitions.all('parameter')
  }

  get allGlobal(): Iterable<DefinitionOf<'global-parameter'>> {
    return this.#definitions.all('global-parameter')
  }

  /** Whoever adds a kind is told of what is set already. */
  addKind(kind: ParameterKind): void {
    this.#kinds.set(kind.component, kind)
    for (const parameter of this.all) if (parameter.component === kind.component) kind.applied?.(parameter)
  }

  removeKind(component: string): void {
    this.#kinds.delete(component)
  }

  kind(component: string): ParameterKind | undefined {
    return this.#kinds.get(component)
  }

  get(vhost: string, component: string, name: string): Parameter | undefined {
    return this.#definitions.get('parameter', { kind: 'parameter', vhost, component, name, value: null })
  }

  global(name: string): DefinitionOf<'global-parameter'> | undefined {
    return this.#definitions.get('global-parameter', { kind: 'global-parameter', name, value: null })
  }

  set(parameter: Parameter): void {
    const { vhost, component, name, value } = parameter
    this.#definitions.put({ kind: 'parameter', vhost, component, name, value })
    this.#kinds.get(component)?.applied?.(parameter)
  }

  clear(parameter: Parameter): void {
    const { vhost, component, name, value } = parameter
    this.#definitions.delete({ kind: 'parameter', vhost, component, name, value })
    this.#kinds.get(component)?.cleared?.(parameter)
  }

  setGlobal(name: string, value: JsonValue): void {
    this.#definitions.put({ kind: 'global-parameter', name, value })
  }

  clearGlobal(name: string): void {
    this.#definitions.delete({ kind: 'global-parameter', name, value: null })
  }
}
