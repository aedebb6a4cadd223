import { clusterCommands } from './commands/cluster.ts'
import { diagnosticCommands } from './commands/diagnostics.ts'
import { encryptionCommands } from './commands/encryption.ts'
import { evaluationCommands } from './commands/evaluation.ts'
import { examinationCommands } from './commands/examination.ts'
import { lifecycleCommands } from './commands/lifecycle.ts'
import { linkCommands } from './commands/links.ts'
import { messageCommands } from './commands/messages.ts'
import { nodeCommands } from './commands/node.ts'
import { objectCommands } from './commands/objects.ts'
import { permissionCommands } from './commands/permissions.ts'
import { planningCommands } from './commands/planning.ts'
import { pluginCommands } from './commands/plugins.ts'
import { replicaCommands } from './commands/replicas.ts'
import { reportCommands } from './commands/report.ts'
import { ruleCommands } from './commands/rules.ts'
import { streamCommands } from './commands/streams.ts'
import { tuningCommands } from './commands/tuning.ts'
import { userCommands } from './commands/users.ts'
import { vhostCommands } from './commands/vhosts.ts'
import type { ControlCommands } from './control-command.ts'

const ownCommands: ControlCommands = {
  ...userCommands,
  ...permissionCommands,
  ...vhostCommands,
  ...ruleCommands,
  ...objectCommands,
  ...nodeCommands,
  ...lifecycleCommands,
  ...tuningCommands,
  ...clusterCommands,
  ...replicaCommands,
  ...streamCommands,
  ...linkCommands,
  ...diagnosticCommands,
  ...encryptionCommands,
  ...evaluationCommands,
  ...pluginCommands,
  ...messageCommands,
  ...planningCommands,
  ...examinationCommands,
}

/** Every command of RabbitMQ's tools, which all know each other's here. */
export const controlCommands: ControlCommands = { ...ownCommands, ...reportCommands(ownCommands) }
