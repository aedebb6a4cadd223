import { type AuthTlsSettings, authTlsRows } from './auth-tls.ts'
import { flag, httpUrl, text, unlimited, type ValueKind, word } from './conf-value.ts'
import { type AnySettingRow, setting } from './setting-row.ts'
import type { SettingsDraft } from './settings.ts'

/** Where the definitions are that are read at every start; nowhere, unless `path` or `url` says. */
export interface DefinitionSource {
  /** A file, or a folder of files. */
  readonly path: string | undefined
  /** Asked instead where `definitions.import_backend` says so. */
  readonly url: string | undefined
  readonly tls: AuthTlsSettings
  /** Whether what is as it was at the last start is passed over. */
  readonly skipIfUnchanged: boolean
  /** How that is told, by OpenSSL's name. */
  readonly hashing: string
}

/** While the rows fill it. */
interface SourceDraft extends DefinitionSource {
  readonly backend: 'local' | 'https' | undefined
}

export type DefinitionSourceSettings = SourceDraft

const backends = { local: 'local', local_filesystem: 'local', https: 'https' } as const
type BackendName = keyof typeof backends

const backend: ValueKind<SourceDraft['backend']> = {
  name: Object.keys(backends).join(', '),
  parse: (value) => backends[word(...(Object.keys(backends) as BackendName[])).parse(value)],
}

export const definitionRows: readonly AnySettingRow[] = [
  setting(
    'definitions.import_backend',
    backend,
    {
      meaning: 'Where definitions are read from at every start: `definitions.local.path`, or `definitions.https.url`.',
    },
    (draft, value) => change(draft, { backend: value }),
  ),
  ...['definitions.local.path', 'management.load_definitions', 'load_definitions'].map((key) =>
    setting(
      key,
      unlimited(text, 'none'),
      { meaning: 'A JSON file of definitions, or a folder of them, read at every start before anybody connects.' },
      (draft, value) => {
        if (value !== undefined) change(draft, { path: value })
      },
    ),
  ),
  setting(
    'definitions.https.url',
    httpUrl,
    { meaning: 'Where a file of definitions is got at every start, with `definitions.import_backend = https`.' },
    (draft, value) => change(draft, { url: value }),
  ),
  ...authTlsRows('definitions.tls', (draft, changes) =>
    change(draft, { tls: { ...draft.definitions?.tls, ...changes } as AuthTlsSettings }),
  ),
  setting(
    'definitions.skip_if_unchanged',
    flag,
    { default: 'false', meaning: 'Read them only when they are other than at the last start.' },
    (draft, value) => change(draft, { skipIfUnchanged: value! }),
  ),
  setting(
    'definitions.hashing.algorithm',
    word('sha', 'sha224', 'sha256', 'sha384', 'sha512'),
    { default: 'sha256', meaning: 'How it is told whether they are.' },
    (draft, value) => change(draft, { hashing: value === 'sha' ? 'sha1' : value! }),
  ),
]

function change(draft: SettingsDraft, changes: Partial<SourceDraft>): void {
  draft.definitions = { ...draft.definitions, ...changes }
}

/** The one source there is; a URL counts only where the settings say that it is asked. */
export function definitionSource({ backend: named, path, url, ...rest }: DefinitionSourceSettings): DefinitionSource {
  return named === 'https' ? { ...rest, path: undefined, url } : { ...rest, path, url: undefined }
}
