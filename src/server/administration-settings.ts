import type { AuditFormat } from '../broker/audit-log.ts'
import { passwordHashing } from '../broker/password.ts'
import type { CountLimits } from '../broker/vhost-rules.ts'
import { flag, integer, pattern, text, unlimited, type ValueKind, word } from './conf-value.ts'
import { type AnySettingRow, setting } from './setting-row.ts'
import type { SettingsDraft } from './settings.ts'

/** What an operator lays down for the whole broker, beside users and permissions. */
export interface AdministrationSettings {
  /** Type of queues for which neither they nor their virtual host say. */
  readonly defaultQueueType: string
  /** Types of which no new queues are declared. */
  readonly disabledQueueTypes: readonly string[]
  /** There is the exchange type `x-local-random`. */
  readonly localRandomExchanges: boolean
  readonly countLimits: CountLimits
  /** What new passwords are stored with. */
  readonly passwordHashing: string
  readonly passwordRules: PasswordRules
  readonly auditFormat: AuditFormat | undefined
  /** Whether events are published to an exchange, and where; in the default virtual host when that is not said. */
  readonly eventExchange: { readonly enabled: boolean; readonly vhost: string | undefined }
}

/** What new passwords have to be like. */
interface PasswordRules {
  readonly by: 'accept_everything' | 'min_password_length' | 'password_regexp'
  readonly bytesMin: number
  readonly pattern: string | undefined
}

/** A hash for passwords, by RabbitMQ's name or for short. */
const hashing: ValueKind<string> = {
  name: 'scrypt, rabbit_password_hashing_sha256, rabbit_password_hashing_sha512, rabbit_password_hashing_md5',
  parse(value) {
    const name = passwordHashing(value)
    if (name === undefined) throw new Error(`there is no password hash '${value}'`)
    return name
  },
}

const validators = ['accept_everything', 'min_password_length', 'password_regexp'] as const

const validator: ValueKind<PasswordRules['by']> = {
  name: validators.map((name) => `rabbit_credential_validator_${name}`).join(', '),
  parse(value) {
    const found = validators.find((name) => value === name || value === `rabbit_credential_validator_${name}`)
    if (found === undefined) throw new Error(`there is no credential validator '${value}'`)
    return found
  },
}

export const administrationRows: readonly AnySettingRow[] = [
  setting(
    'default_queue_type',
    word('classic', 'quorum', 'stream'),
    { default: 'classic', meaning: 'Type of queues for which neither they nor their virtual host say.' },
    (draft, value) => change(draft, { defaultQueueType: value! }),
  ),
  ...(['classic', 'quorum', 'stream'] as const).map((type) =>
    setting(
      `queue_types.${type}.enabled`,
      flag,
      { default: 'true', meaning: `New queues may be of the type \`${type}\`; those there are stay either way.` },
      (draft, value) => {
        const before = draft.administration?.disabledQueueTypes ?? []
        change(draft, { disabledQueueTypes: value ? before : [...before, type] })
      },
    ),
  ),
  setting(
    'exchange_types.local_random.enabled',
    flag,
    { default: 'true', meaning: 'There is the exchange type `x-local-random`.' },
    (draft, value) => change(draft, { localRandomExchanges: value! }),
  ),
  countRow('vhost_max', 'vhosts', 'Virtual hosts there may be.'),
  countRow('cluster_queue_limit', 'queues', 'Queues there may be.'),
  countRow('cluster_exchange_limit', 'exchanges', 'Exchanges there may be.'),
  countRow('channel_max_per_node', 'channels', 'Channels there may be on this node.'),
  setting(
    'password_hashing_module',
    hashing,
    {
      default: 'scrypt',
      meaning: 'What new passwords are stored with. Definitions with `scrypt` in them cannot go back to RabbitMQ.',
    },
    (draft, value) => change(draft, { passwordHashing: value! }),
  ),
  setting(
    'credential_validator.validation_backend',
    validator,
    { default: 'rabbit_credential_validator_accept_everything', meaning: 'What new passwords have to be like.' },
    (draft, value) => changeRules(draft, { by: value! }),
  ),
  setting(
    'credential_validator.min_length',
    integer(0, 1024),
    { default: '1', meaning: 'Bytes a new password must have at least, by `min_password_length`.' },
    (draft, value) => changeRules(draft, { bytesMin: value! }),
  ),
  setting(
    'credential_validator.regexp',
    pattern,
    { meaning: 'What a new password must match, by `password_regexp`.' },
    (draft, value) => changeRules(draft, { pattern: value }),
  ),
  setting(
    'lapine.audit_log',
    word('none', 'text', 'json'),
    { default: 'none', meaning: 'Write every login and every administrative change to the log category `audit`.' },
    (draft, value) => change(draft, { auditFormat: value === 'none' ? undefined : value }),
  ),
  setting(
    'event_exchange.enabled',
    flag,
    { default: 'false', meaning: 'Publish what happens in the broker to the exchange `amq.rabbitmq.event`.' },
    (draft, value) => changeEvents(draft, { enabled: value! }),
  ),
  setting(
    'event_exchange.vhost',
    unlimited(text, 'default_vhost'),
    { default: 'default_vhost', meaning: 'Virtual host of that exchange; naming one switches it on.' },
    (draft, vhost) => changeEvents(draft, vhost === undefined ? { vhost } : { enabled: true, vhost }),
  ),
]

function countRow(key: string, property: keyof CountLimits, meaning: string): AnySettingRow {
  const kind = unlimited(integer(0, 2 ** 31), 'infinity')
  return setting(key, kind, { default: 'infinity', meaning }, (draft, value) => {
    change(draft, { countLimits: { ...draft.administration?.countLimits, [property]: value } })
  })
}

function change(draft: SettingsDraft, changes: Partial<AdministrationSettings>): void {
  draft.administration = { ...draft.administration, ...changes }
}

function changeRules(draft: SettingsDraft, changes: Partial<PasswordRules>): void {
  change(draft, { passwordRules: { ...draft.administration.passwordRules, ...changes } })
}

function changeEvents(draft: SettingsDraft, changes: Partial<AdministrationSettings['eventExchange']>): void {
  change(draft, { eventExchange: { ...draft.administration.eventExchange, ...changes } })
}

/** What the broker is to know of it. */
export function brokerAdministration(settings: AdministrationSettings) {
  const { passwordRules } = settings
  return {
    defaultQueueType: settings.defaultQueueType,
    disabledQueueTypes: settings.disabledQueueTypes,
    countLimits: settings.countLimits,
    passwordHashing: settings.passwordHashing,
    passwordBytesMin: passwordRules.by === 'min_password_length' ? passwordRules.bytesMin : 0,
    passwordPattern: passwordRules.by === 'password_regexp' ? passwordRules.pattern : undefined,
    auditFormat: settings.auditFormat,
  }
}
