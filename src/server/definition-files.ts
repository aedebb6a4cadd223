import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { internalActor } from '../broker/administration/actor.ts'
import type { Broker } from '../broker/broker.ts'
import { Fault } from '../broker/fault.ts'
import type { JsonValue } from '../std/json.ts'
import type { Logger } from '../std/logger.ts'
import { readAuthTls } from './auth-tls.ts'
import type { DefinitionSource } from './definition-settings.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'

/** Where RabbitMQ keeps what it read last. */
const HASH_PARAMETER = 'imported_definition_hash_value'

interface DefinitionFile {
  /** A path, or a URL without its secrets. */
  readonly place: string
  readonly content: Buffer
}

/** Reads the definitions that the settings name into the broker. Throws a StartRefusal that says what is wrong and where. */
export async function loadDefinitions(broker: Broker, source: DefinitionSource, logger: Logger): Promise<void> {
  const { path, url } = source
  const place = path ?? withoutSecrets(url)
  if (place === undefined) return
  const files = path === undefined ? [await downloaded(url!, source)] : readFiles(path)
  const hash = hashOf(files, source.hashing)
  const actor = internalActor('boot')
  const { definitions, globalParameters } = broker.administration
  if (source.skipIfUnchanged && (await globalParameters.get(actor, HASH_PARAMETER)) === hash) {
    logger.info(`definitions in ${place} are what they were: not read again`)
    return
  }
  for (const file of files) {
    logger.info(
      path === undefined
        ? 'Applying definitions from a remote URL'
        : `Applying definitions from file at '${file.place}'`,
    )
    try {
      await definitions.import(actor, parsed(file.content))
    } catch (error) {
      if (!(error instanceof Fault) && !(error instanceof SyntaxError)) throw error
      throw new StartRefusal(ExitCode.config, `cannot read the definitions in ${file.place}: ${error.message}`)
    }
  }
  if (source.skipIfUnchanged) await globalParameters.set(actor, HASH_PARAMETER, hash)
}

/** A file, or every `.json` of a folder by its name. */
function readFiles(path: string): DefinitionFile[] {
  try {
    if (!statSync(path).isDirectory()) return [{ place: path, content: readFileSync(path) }]
    const names = readdirSync(path).filter((name) => name.endsWith('.json'))
    return names.sort().map((name) => ({ place: join(path, name), content: readFileSync(join(path, name)) }))
  } catch (error) {
    throw new StartRefusal(ExitCode.config, `cannot read the definitions at ${path}: ${(error as Error).message}`)
  }
}

async function downloaded(url: string, { tls }: DefinitionSource): Promise<DefinitionFile> {
  const options = readAuthTls('definitions.tls', tls)
  const place = withoutSecrets(url)!
  const { download } = await import('./definition-download.ts')
  try {
    return { place, content: await download(url, options) }
  } catch (error) {
    throw new StartRefusal(ExitCode.config, `cannot read the definitions at ${place}: ${(error as Error).message}`)
  }
}

/** Such a URL often has a token in its query, or a password in front of its host. */
function withoutSecrets(url: string | undefined): string | undefined {
  if (url === undefined) return undefined
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

function hashOf(files: readonly DefinitionFile[], algorithm: string): string {
  const hash = createHash(algorithm)
  for (const { content } of files) hash.update(`${content.length}\n`).update(content)
  return hash.digest('base64')
}

/** An empty file says nothing, as with RabbitMQ; editors on Windows begin files with a mark. */
function parsed(content: Buffer): JsonValue {
  const text = content.toString('utf8').replace(/^\uFEFF/, '')
  return text.trim() === '' ? {} : (JSON.parse(text) as JsonValue)
}
