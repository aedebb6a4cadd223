import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { internalActor } from '../broker/administration/actor.ts'
import type { Broker } from '../broker/broker.ts'
import { Fault } from '../broker/fault.ts'
import type { JsonValue } from '../std/json.ts'
import type { Logger } from '../std/logger.ts'
import type { DefinitionSource } from './administration-settings.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'

/** Where RabbitMQ keeps what it read last. */
const HASH_PARAMETER = 'imported_definition_hash_value'

interface DefinitionFile {
  readonly path: string
  readonly content: Buffer
}

/** Reads the definitions that the settings name into the broker. Throws a StartRefusal that says what is wrong and where. */
export async function loadDefinitions(broker: Broker, source: DefinitionSource, logger: Logger): Promise<void> {
  if (source.path === undefined) return
  const files = readFiles(source.path)
  const hash = hashOf(files)
  const actor = internalActor('boot')
  const { definitions, globalParameters } = broker.administration
  if (source.skipIfUnchanged && (await globalParameters.get(actor, HASH_PARAMETER)) === hash) {
    logger.info(`definitions in ${source.path} are what they were: not read again`)
    return
  }
  for (const { path, content } of files) {
    logger.info(`Applying definitions from file at '${path}'`)
    try {
      await definitions.import(actor, parsed(content))
    } catch (error) {
      if (!(error instanceof Fault) && !(error instanceof SyntaxError)) throw error
      throw new StartRefusal(ExitCode.config, `cannot read the definitions in ${path}: ${error.message}`)
    }
  }
  if (source.skipIfUnchanged) await globalParameters.set(actor, HASH_PARAMETER, hash)
}

/** A file, or every `.json` of a folder by its name. */
function readFiles(path: string): DefinitionFile[] {
  try {
    if (!statSync(path).isDirectory()) return [{ path, content: readFileSync(path) }]
    const names = readdirSync(path).filter((name) => name.endsWith('.json'))
    return names.sort().map((name) => ({ path: join(path, name), content: readFileSync(join(path, name)) }))
  } catch (error) {
    throw new StartRefusal(ExitCode.config, `cannot read the definitions at ${path}: ${(error as Error).message}`)
  }
}

function hashOf(files: readonly DefinitionFile[]): string {
  const hash = createHash('sha256')
  for (const { content } of files) hash.update(`${content.length}\n`).update(content)
  return hash.digest('base64')
}

/** An empty file says nothing, as with RabbitMQ; editors on Windows begin files with a mark. */
function parsed(content: Buffer): JsonValue {
  const text = content.toString('utf8').replace(/^\uFEFF/, '')
  return text.trim() === '' ? {} : (JSON.parse(text) as JsonValue)
}
