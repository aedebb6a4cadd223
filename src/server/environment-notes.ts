import type { Environment } from './environment.ts'
import type { Problem } from './rabbitmq-conf.ts'

const noErlang = 'there is no Erlang here'
const alone = 'this node is alone and forms no cluster'
const folders = 'everything is in the one data directory'

/** Variables of RabbitMQ that have no effect here, and why. */
const idleVariables: Readonly<Record<string, string>> = {
  RABBITMQ_CONF_ENV_FILE: 'set the variables themselves',
  RABBITMQ_CTL_ERL_ARGS: noErlang,
  RABBITMQ_CTL_DIST_PORT_MIN: noErlang,
  RABBITMQ_CTL_DIST_PORT_MAX: noErlang,
  RABBITMQ_DISTRIBUTION_BUFFER_SIZE: noErlang,
  RABBITMQ_DIST_PORT: alone,
  RABBITMQ_ERLANG_COOKIE: alone,
  RABBITMQ_FEATURE_FLAGS: 'all features are there from the start',
  RABBITMQ_FORCED_FEATURE_FLAGS_ON_INIT: 'all features are there from the start',
  RABBITMQ_IO_THREAD_POOL_SIZE: noErlang,
  RABBITMQ_MAX_NUMBER_OF_ATOMS: noErlang,
  RABBITMQ_MAX_NUMBER_OF_PROCESSES: noErlang,
  RABBITMQ_MAX_OPEN_FILES: 'the limit of the process holds, as whoever starts it sets it',
  RABBITMQ_MOTD_FILE: 'the banner has no message of the day',
  RABBITMQ_PLUGINS_DIR: 'plug-ins are part of Lapine',
  RABBITMQ_PLUGINS_EXPAND_DIR: 'plug-ins are part of Lapine',
  RABBITMQ_QUORUM_DIR: folders,
  RABBITMQ_SCHEDULER_BIND_TYPE: noErlang,
  RABBITMQ_STREAM_DIR: folders,
  RABBITMQ_UPGRADE_LOG: 'there is one log',
  RABBITMQ_USE_LONGNAME: 'RABBITMQ_NODENAME is taken as it is',
}

/** What the environment sets in vain, to be logged. */
export function idleVariableNotes(environment: Environment): Problem[] {
  return Object.entries(idleVariables)
    .filter(([name]) => (environment[name] ?? '') !== '')
    .map(([name, because]) => ({ source: name, text: `accepted, no effect here: ${because}` }))
}
