import type { ValueKind } from './conf-value.ts'
import type { SettingsDraft } from './settings.ts'

/** One line of the table of settings: its key, what it takes, what it does. */
export interface SettingRow<T> {
  /** As in `rabbitmq.conf`; a word that begins with `$` stands for any name. */
  readonly key: string
  readonly words: readonly string[]
  readonly kind: ValueKind<T>
  /** The default as the documentation shows it. */
  readonly defaultText: string
  /** One sentence for the documentation. */
  readonly meaning: string
  /** What may stand for `$name`; any name when absent. */
  readonly names: readonly string[] | undefined
  defaults(): ReadonlyMap<string, T>
  apply(draft: SettingsDraft, values: ReadonlyMap<string, T>): void
}

/** A row whose value type nobody asks for any more. */
export type AnySettingRow = SettingRow<unknown>

interface Description {
  readonly default?: string
  readonly meaning: string
}

/** A key with one value. `apply` is called with the value given, else the default, else undefined. */
export function setting<T>(
  key: string,
  kind: ValueKind<T>,
  description: Description,
  apply: (draft: SettingsDraft, value: T | undefined) => void,
): AnySettingRow {
  const fallback = description.default
  const row: SettingRow<T> = {
    key,
    words: key.split('.'),
    kind,
    defaultText: fallback ?? '',
    meaning: description.meaning,
    names: undefined,
    defaults: () => (fallback === undefined ? new Map() : new Map([['', kind.parse(fallback)]])),
    apply: (draft, values) => apply(draft, values.get('')),
  }
  return row as AnySettingRow
}

/** Several names of one key as the one that values are kept under. */
export function joinNames(names: readonly string[]): string {
  return names.join('\n')
}

/** The names that stand for the `$` of a key with several. */
export function splitNames(joined: string): readonly string[] {
  return joined.split('\n')
}

interface FamilyDescription {
  /** Names and values taken when none of the family is given. */
  readonly defaults?: Readonly<Record<string, string>>
  readonly meaning: string
  readonly names?: readonly string[]
}

/** A key with `$name` in it, and as many values as names: giving one of them replaces all defaults. */
export function settingFamily<T>(
  key: string,
  kind: ValueKind<T>,
  description: FamilyDescription,
  apply: (draft: SettingsDraft, values: ReadonlyMap<string, T>) => void,
): AnySettingRow {
  const fallback = Object.entries(description.defaults ?? {})
  const row: SettingRow<T> = {
    key,
    words: key.split('.'),
    kind,
    defaultText: fallback.map(([name, value]) => `${key.replace(/\$\w+/, name)} = ${value}`).join(', '),
    meaning: description.meaning,
    names: description.names,
    defaults: () => new Map(fallback.map(([name, value]) => [name, kind.parse(value)])),
    apply,
  }
  return row as AnySettingRow
}

/** The names whose flag is set. */
export function namesSet(values: ReadonlyMap<string, boolean>): string[] {
  return [...values].filter(([, value]) => value).map(([name]) => name)
}
