import { acceptedBecause, nearestKey } from '../../server/accepted-keys.ts'
import { readSettings } from '../../server/configuration.ts'
import { type Environment, readConfigurationFiles } from '../../server/environment.ts'
import { splitKey } from '../../server/rabbitmq-conf.ts'
import { settingRows } from '../../server/setting-rows.ts'
import { findRow } from '../../server/settings.ts'
import { ExitCode, StartRefusal } from '../../server/start-refusal.ts'

type Print = (line: string) => void

/** Reads configuration files as a start would, and tells what it finds; resolves to the exit code. */
export async function lint(paths: readonly string[], environment: Environment, print: Print): Promise<number> {
  try {
    const files =
      paths.length === 0
        ? readConfigurationFiles(undefined, environment)
        : paths.flatMap((path) => readConfigurationFiles(path, {}))
    if (files.length === 0) print('no configuration: name a file, or set RABBITMQ_CONFIG_FILE')
    const { warnings, assigned } = await readSettings(files, paths.length === 0 ? environment : {}, {})
    for (const warning of warnings) print(`warning: ${warning}`)
    print(`${files.map(({ path }) => path).join(', ')}: ${assigned.size} keys, ${warnings.length} without effect`)
    return ExitCode.ok
  } catch (error) {
    if (!(error instanceof StartRefusal)) throw error
    print(error.message)
    return error.exitCode
  }
}

/** Tells what a key takes and does; resolves to the exit code. */
export async function explain(key: string, print: Print): Promise<number> {
  const words = splitKey(key)
  const row = findRow(words)?.row ?? settingRows.find((one) => one.key === key)
  if (row !== undefined) {
    print(row.key)
    print(`  takes:   ${row.kind.name}`)
    print(`  default: ${row.defaultText === '' ? '(none)' : row.defaultText}`)
    print(`  ${row.meaning}`)
    return ExitCode.ok
  }
  const because = acceptedBecause(words)
  if (because !== undefined) {
    print(`${key}\n  accepted, no effect here: ${because}`)
    return ExitCode.ok
  }
  const near = nearestKey(
    key,
    settingRows.map((one) => one.key),
  )
  print(`there is no setting '${key}'${near === undefined ? '' : `; did you mean '${near}'?`}`)
  return ExitCode.config
}
