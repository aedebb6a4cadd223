import { ControlExit } from '../control/control-command.ts'
import { AdminUsage, readAdminOptions, withConfiguration } from './admin-options.ts'
import { AdminFailure, AdminSession, type AdminTerminal } from './admin-session.ts'
import { firstGenerationVerbs, runFirstGeneration } from './first-generation.ts'

/** Runs one command line of `rabbitmqadmin`, in the grammar of either of its generations; resolves to the exit code. */
export async function runAdmin(args: readonly string[], terminal: AdminTerminal): Promise<number> {
  const isSecond = isSecondGeneration(args)
  try {
    const { values, words } = readAdminOptions(args, isSecond)
    if (values.version !== undefined)
      return print(terminal, `rabbitmqadmin ${(await import('../../server/version.ts')).packageVersion()}\n`)
    if (values['bash-completion'] !== undefined) return print(terminal, await completion())
    const session = new AdminSession(withConfiguration(values, terminal.environment), terminal)
    if (isSecond) {
      const { runSecondGeneration } = await import('./second-generation.ts')
      await runSecondGeneration(session, words, values.help !== undefined)
    } else await runFirstGeneration(session, values.help === undefined ? words : ['help'])
    return ControlExit.ok
  } catch (error) {
    return isSecond ? explainSecond(error, terminal) : explainFirst(error, terminal)
  }
}

function print(terminal: AdminTerminal, text: string): number {
  terminal.out(text)
  return ControlExit.ok
}

async function completion(): Promise<string> {
  const { completionScript } = await import('../completion-script.ts')
  return completionScript('bash', 'rabbitmqadmin', firstGenerationVerbs)
}

/** The first generation writes `name=value`, the second `--name value`; groups such as `queues` are the second's alone. */
function isSecondGeneration(args: readonly string[]): boolean {
  if (args.some((word) => /^--(use-tls|tls-.*|non-interactive|table-style.*|insecure)$/.test(word))) return true
  const { words } = safely(() => readAdminOptions(args, true)) ?? { words: [] }
  const [verb, object] = words
  if (verb === undefined) return false
  if (!firstGenerationVerbs.includes(verb))
    return /^[a-z_]+s$|^(federation|health_check|rebalance|passwords)$/.test(verb) && object !== undefined
  if (verb === 'show' && object !== 'overview') return true
  if (['publish', 'get'].includes(verb) && (object === 'message' || object === 'messages')) return true
  if (['export', 'import'].includes(verb) && object === 'definitions') return true
  return (
    words.slice(2).some((word) => word.startsWith('--') && !/^--(sort|depth|format|sort-reverse|quiet)/.test(word)) ||
    isOnlySecond(verb, object)
  )
}

/** Kinds of objects that the first generation does not have. */
function isOnlySecond(verb: string, object: string | undefined): boolean {
  return (
    verb === 'list' && /^(user_connections|user_limits|feature_flags|deprecated_features(_in_use)?)$/.test(object ?? '')
  )
}

function safely<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

/** As the Python script: exit code 1 for everything. */
function explainFirst(error: unknown, terminal: AdminTerminal): number {
  if (error instanceof AdminUsage) {
    terminal.error(`\nERROR: ${error.message}\n\nrabbitmqadmin --help for help\n\n`)
    return 1
  }
  terminal.error(`*** ${(error as Error).message}\n\n`)
  return 1
}

function explainSecond(error: unknown, terminal: AdminTerminal): number {
  if (error instanceof AdminUsage) {
    terminal.error(`error: ${error.message}\n\nFor more information, try '--help'.\n`)
    return ControlExit.usage
  }
  terminal.error(`Error: ${(error as Error).message}\n`)
  if (!(error instanceof AdminFailure)) return ControlExit.software
  if (error.status === 0 || error.status >= 500) return ControlExit.unavailable
  return ControlExit.data
}
