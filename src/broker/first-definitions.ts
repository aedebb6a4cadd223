import type { AccessControl } from './access-control.ts'
import type { BrokerSettings } from './broker.ts'
import type { StoredPassword } from './password.ts'
import { NOBODY } from './topology-events.ts'
import type { VirtualHosts } from './virtual-hosts.ts'

/** What a new data directory begins with: the default virtual host, and the default user in it, whose password is `password`. */
export async function firstDefinitions(
  settings: BrokerSettings,
  parts: { readonly accessControl: AccessControl; readonly vhosts: VirtualHosts },
  password: Promise<StoredPassword>,
): Promise<void> {
  const { defaultVhost, defaultUser, defaultUserTags, defaultPermissions } = settings
  const { users, permissions } = parts.accessControl
  const { passwordHash, hashing } = await password
  // The virtual host comes last: after a crash that left only a part of this, it is done again.
  users.put({ kind: 'user', name: defaultUser, passwordHash, hashing, tags: defaultUserTags })
  permissions.set({ kind: 'permission', user: defaultUser, vhost: defaultVhost, ...defaultPermissions })
  parts.vhosts.create({ kind: 'vhost', name: defaultVhost }, NOBODY)
}
