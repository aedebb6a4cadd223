import type { LogLevel } from '../std/logger.ts'
import { bytes, flag, flagOrText, integer, text, type ValueKind, word } from './conf-value.ts'
import {
  defaultLogFormat,
  type LogFormat,
  type LogFormatSettings,
  levelFormats,
  logLevels,
  timeFormats,
} from './log-format.ts'
import { type RotationSettings, rotationMoment } from './log-rotation.ts'
import { type AnySettingRow, setting, settingFamily } from './setting-row.ts'
import type { SettingsDraft } from './settings.ts'
import { defaultSyslog, type SyslogSettings, syslogRows } from './syslog-settings.ts'

/** A level of the log, one of RabbitMQ's that nothing here reaches, or `none` for silence. */
export type LogThreshold = LogLevel | 'alert' | 'emergency' | 'none'

/** Where lines may go. */
export type LogOutputName = 'console' | 'file' | 'exchange' | 'syslog'

/** How lines are written to one output. */
export interface LogOutputSettings {
  /** The lowest written there; undefined where the categories alone decide. */
  readonly level: LogThreshold | undefined
  readonly format: LogFormatSettings
}

/** A file of a category's own. */
export interface CategoryFileSettings {
  readonly path: string
  readonly rotation: RotationSettings
}

/** Where log lines go, and from which level on. */
export interface LogSettings {
  readonly console: boolean
  readonly consoleStream: 'stdout' | 'stderr'
  /** What is written in front of a line of a level, on a terminal; undefined for lines without colours. */
  readonly colors: ReadonlyMap<LogThreshold, string> | undefined
  /** Path or name of the log file; undefined for none. */
  readonly file: string | undefined
  readonly rotation: RotationSettings
  /** Folder of a log file given without one. */
  readonly directory: string | undefined
  /** Lines are published to `amq.rabbitmq.log`. */
  readonly exchange: boolean
  readonly syslog: SyslogSettings | undefined
  readonly outputs: Readonly<Record<LogOutputName, LogOutputSettings>>
  /** Levels per category; `default` for all that have none of their own. */
  readonly categoryLevels: ReadonlyMap<string, LogThreshold>
  /** Files that lines of a category go to instead. */
  readonly categoryFiles: ReadonlyMap<string, CategoryFileSettings>
}

const level = word<LogThreshold>(...logLevels, 'none')
const format = word<LogFormat>('plaintext', 'json')
const categories = ['connection', 'channel', 'queue', 'audit', 'federation', 'upgrade', 'ra', 'user', 'default']
const outputNames = ['console', 'file', 'exchange', 'syslog'] as const
const noRotation: RotationSettings = { bytes: 0, count: 0, compress: false, date: undefined }

const outputTitles: Readonly<Record<LogOutputName, string>> = {
  ...{ console: 'there', file: 'to it', exchange: 'to the exchange', syslog: 'to syslog' },
}

/** `time:ts level:severity *:-`: what fields are called, in this order; `-` leaves one out, `*` stands for all others. */
const fieldMap: ValueKind<LogFormatSettings['fieldMap']> = {
  name: 'field:name …',
  parse(value) {
    return value.split(/\s+/).map((part): readonly [string, string | false] => {
      const [from = '', to = from] = part.split(':')
      if (from === '') throw new Error(`'${part}' is not a field, or field:name`)
      return [from, to === '-' ? false : to]
    })
  },
}

/** `debug:7 info:6 …`: a number for each level. */
const verbosityMap: ValueKind<LogFormatSettings['verbosity']> = {
  name: 'level:number …',
  parse(value) {
    const found = new Map<string, number>()
    for (const part of value.split(/\s+/)) {
      const [name = '', number = ''] = part.split(':')
      found.set(level.parse(name), integer(0, 2 ** 31).parse(number))
    }
    return found
  },
}

const rotationDate: ValueKind<RotationSettings['date']> = {
  name: '`$D0`, `$W0D23`, `$M1D0`, `$H0`',
  parse: (value) => rotationMoment(value),
}

export const logRows: readonly AnySettingRow[] = [
  setting('log.console', flag, { default: 'true', meaning: 'Log to the terminal.' }, (draft, value) => {
    draft.log.console = value!
    draft.log.outputs ??= Object.fromEntries(
      outputNames.map((name) => [name, { level: undefined, format: defaultLogFormat }]),
    ) as Record<LogOutputName, LogOutputSettings>
    draft.log.rotation ??= noRotation
  }),
  setting(
    'log.console.stdio',
    word('stdout', 'stderr'),
    { default: 'stdout', meaning: 'Which stream of it.' },
    (draft, value) => {
      draft.log.consoleStream = value!
    },
  ),
  setting(
    'log.console.use_colors',
    flag,
    { default: 'false', meaning: 'Lines have the colour of their level.' },
    (draft, value) => {
      draft.log.colors = value ? defaultColors : undefined
    },
  ),
  ...logLevels.map((name) =>
    setting(
      `log.console.color_esc_seqs.${name}`,
      text,
      { meaning: `What is written in front of a line of the level ${name}, where they have colours.` },
      (draft, value) => {
        const { colors } = draft.log
        // As it stands in a file, the escape is written out.
        if (value !== undefined && colors !== undefined)
          draft.log.colors = new Map(colors).set(name, value.replace(/\\(e|033|x1b)/g, '\u001b'))
      },
    ),
  ),
  setting(
    'log.file',
    flagOrText,
    { default: 'false', meaning: 'Log to a file: its path, or its name in `log.dir`.' },
    (draft, value) => {
      draft.log.file = value === false ? undefined : value === true ? 'lapine.log' : value
    },
  ),
  setting('log.dir', text, { meaning: 'Folder of the log file; the working directory by default.' }, (draft, value) => {
    draft.log.directory = value
  }),
  setting(
    'log.exchange',
    flag,
    { default: 'false', meaning: 'Publish the log to the exchange `amq.rabbitmq.log`, by level.' },
    (draft, value) => {
      draft.log.exchange = value!
    },
  ),
  setting('log.syslog', flag, { default: 'false', meaning: 'Log to a syslog server.' }, (draft, value) => {
    draft.log.syslog = value ? defaultSyslog : undefined
  }),
  ...syslogRows,
  ...outputNames.flatMap(outputRows),
  ...rotationRows('log.file', 'it', (draft, changes) => {
    draft.log.rotation = { ...draft.log.rotation, ...changes }
  }),
  ...rotationRows('log.default', 'the log file, too', (draft, changes) => {
    draft.log.rotation = { ...draft.log.rotation, ...changes }
  }),
  settingFamily(
    'log.$category.level',
    level,
    {
      names: categories,
      meaning: `Lowest level of one category (${categories.join(', ')}); info by default.`,
    },
    (draft, values) => {
      draft.log.categoryLevels = values
    },
  ),
  ...categoryFileRows(),
]

/** Those RabbitMQ's handler has. */
const defaultColors: ReadonlyMap<LogThreshold, string> = new Map<LogThreshold, string>([
  ['debug', '\u001b[0;38m'],
  ['info', '\u001b[1;37m'],
  ['notice', '\u001b[1;36m'],
  ['warning', '\u001b[1;33m'],
  ['error', '\u001b[1;31m'],
  ['critical', '\u001b[1;35m'],
  ['alert', '\u001b[1;44m'],
  ['emergency', '\u001b[1;41m'],
])

/** Level and form of the lines of one output. */
function outputRows(name: LogOutputName): AnySettingRow[] {
  const prefix = `log.${name}`
  const change = (draft: SettingsDraft, changes: Partial<LogOutputSettings>): void => {
    const before = draft.log.outputs[name]
    draft.log.outputs = { ...draft.log.outputs, [name]: { ...before, ...changes } }
  }
  const form = <T>(
    key: string,
    kind: ValueKind<T>,
    meaning: string,
    changes: (value: T) => Partial<LogFormatSettings>,
    fallback?: string,
  ): AnySettingRow =>
    setting(
      `${prefix}.${key}`,
      kind,
      { ...(fallback === undefined ? {} : { default: fallback }), meaning },
      (draft, value) => {
        const before = draft.log.outputs[name].format
        if (value !== undefined) change(draft, { format: { ...before, ...changes(value) } })
      },
    )
  return [
    setting(`${prefix}.level`, level, { meaning: `Lowest level written ${outputTitles[name]}.` }, (draft, value) =>
      change(draft, { level: value }),
    ),
    form('formatter', format, 'Form of the lines.', (kind) => ({ kind }), 'plaintext'),
    form(
      'formatter.time_format',
      word(...timeFormats),
      'How they tell the time.',
      (time) => ({ time }),
      'rfc3339_space',
    ),
    form('formatter.level_format', word(...levelFormats), 'How they tell the level.', (level) => ({ level }), 'lc'),
    form('formatter.single_line', flag, 'A message is one line.', (singleLine) => ({ singleLine }), 'false'),
    form(
      'formatter.plaintext.format',
      text,
      'What a line is made of: `$time`, `$level`, `$pid`, `$domain`, `$msg`.',
      (template) => ({ template }),
      defaultLogFormat.template,
    ),
    form(
      'formatter.json.field_map',
      fieldMap,
      'Names and order of the fields of JSON: `time:ts level:severity *:-`.',
      (map) => {
        return { fieldMap: map }
      },
    ),
    form(
      'formatter.json.verbosity_map',
      verbosityMap,
      'Numbers of levels, for the field `verbosity`: `debug:7 info:6`.',
      (map) => {
        return { verbosity: map }
      },
    ),
  ]
}

type ChangeRotation = (draft: SettingsDraft, changes: Partial<RotationSettings>) => void

function rotationRows(prefix: string, what: string, change: ChangeRotation): AnySettingRow[] {
  const row = <T>(
    key: string,
    kind: ValueKind<T>,
    meaning: string,
    changes: (value: T) => Partial<RotationSettings>,
  ): AnySettingRow =>
    setting(`${prefix}.rotation.${key}`, kind, { meaning }, (draft, value) => {
      if (value !== undefined) change(draft, changes(value))
    })
  return [
    row('date', rotationDate, `When a new file is begun for ${what}: day, week, month and hour.`, (date) => ({ date })),
    row('size', bytes(), 'Bytes from which on a new one is begun; 0 for any.', (size) => ({ bytes: size })),
    row('count', integer(0, 1000), 'Earlier ones that are kept; 0 for none.', (count) => ({ count })),
    row('compress', flag, 'Those are compressed.', (compress) => ({ compress })),
  ]
}

/** A file for each category, named where its lines are not to be in the log file. */
function categoryFileRows(): AnySettingRow[] {
  const named = categories.filter((name) => name !== 'default')
  const change =
    <T>(changes: (value: T) => Partial<CategoryFileSettings>, rotation?: (value: T) => Partial<RotationSettings>) =>
    (draft: SettingsDraft, values: ReadonlyMap<string, T>): void => {
      const files = new Map(draft.log.categoryFiles)
      for (const [name, value] of values) {
        const before = files.get(name) ?? { path: '', rotation: noRotation }
        const turned = { ...before.rotation, ...rotation?.(value) }
        files.set(name, { ...before, ...changes(value), rotation: turned })
      }
      draft.log.categoryFiles = files
    }
  const row = <T>(
    key: string,
    kind: ValueKind<T>,
    meaning: string,
    rotation: (value: T) => Partial<RotationSettings>,
  ) =>
    settingFamily(
      `log.$category.rotation.${key}`,
      kind,
      { names: named, meaning },
      change<T>(() => ({}), rotation),
    )
  return [
    settingFamily(
      'log.$category.file',
      text,
      { names: named, meaning: 'File that lines of the category go to instead; its path, or its name in `log.dir`.' },
      change<string>((path) => ({ path })),
    ),
    row('date', rotationDate, 'When a new file is begun for them.', (date) => ({ date })),
    row('size', bytes(), 'Bytes from which on a new one is begun.', (size) => ({ bytes: size })),
    row('count', integer(0, 1000), 'Earlier ones that are kept.', (count) => ({ count })),
    row('compress', flag, 'Those are compressed.', (compress) => ({ compress })),
  ]
}
