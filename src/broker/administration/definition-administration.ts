import { isJsonObject, type JsonObject, type JsonValue } from '../../std/json.ts'
import { Fault } from '../fault.ts'
import type { Actor } from './actor.ts'
import { type ExportPorts, exportAll, exportVhost } from './definition-export.ts'
import type { DefinitionImport, ImportCounts } from './definition-import.ts'
import { type DefinitionPlan, planDefinitions } from './definition-plan.ts'
import type { Office } from './office.ts'

/** Everything that is defined, as RabbitMQ's JSON: to be written down, and read back here or there. */
export class DefinitionAdministration {
  readonly #office: Office
  readonly #ports: ExportPorts
  readonly #import: DefinitionImport

  constructor(office: Office, ports: ExportPorts, import_: DefinitionImport) {
    this.#office = office
    this.#ports = ports
    this.#import = import_
  }

  /** All definitions, or those of one virtual host, which can be read into any other. */
  async export(actor: Actor, vhost?: string): Promise<JsonObject> {
    await this.#office.authorize({ operation: 'definitions.export', actor, resource: {} })
    if (vhost === undefined) return exportAll(this.#ports)
    const record = this.#ports.vhosts.record(vhost)
    if (record === undefined) throw new Fault('not-found', `Virtual host '${vhost}' does not exist`)
    return exportVhost(this.#ports, record)
  }

  /**
   * What `import` would do, without doing any of it. Throws the Fault it would throw: all is checked first.
   */
  async plan(actor: Actor, definitions: JsonValue, vhost?: string): Promise<DefinitionPlan> {
    await this.#office.authorize({ operation: 'definitions.plan', actor, resource: {} })
    if (!isJsonObject(definitions)) throw new Fault('precondition-failed', 'not_json')
    await this.#import.check(actor, definitions, vhost)
    return planDefinitions(definitions, exportAll(this.#ports), vhost)
  }

  /**
   * Takes over definitions of RabbitMQ 3.x or 4.x, or our own: what there is already is kept or changed, nothing is
   * deleted. With `vhost` only what belongs into one, whatever virtual host it was in. All of it is checked before
   * anything is done; throws a Fault('precondition-failed') with RabbitMQ's text for the first thing that is wrong.
   */
  import(actor: Actor, definitions: JsonValue, vhost?: string): Promise<ImportCounts> {
    const what = vhost === undefined ? 'definitions' : `definitions of vhost '${vhost}'`
    const where = vhost === undefined ? {} : { vhost }
    const matter = { operation: 'definitions.import', actor, what, ...where, resource: {} } as const
    return this.#office.carryOut(matter, () => {
      if (!isJsonObject(definitions)) throw new Fault('precondition-failed', 'not_json')
      this.#office.logger.info(`Asked to import definitions. Acting user: ${actor.user.name}`)
      return this.#import.run(actor, definitions, vhost)
    })
  }
}
