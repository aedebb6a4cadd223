import type { JsonObject, JsonValue } from '../../../std/json.ts'
import { type BrokerClient, BrokerRefusal } from '../broker-client.ts'
import { type ControlCommands, ControlError, ControlExit } from '../control-command.ts'
import { explained, noUser } from '../refusals.ts'

/** A user as it is, or the error that says that there is none. */
async function userOf(broker: BrokerClient, name: string): Promise<JsonObject> {
  return (await explained(broker.get('users', name), { 404: noUser(name) })) as JsonObject
}

/** Everything that is known of a password is put back unless it is what changes. */
async function change(broker: BrokerClient, name: string, changes: JsonObject): Promise<undefined> {
  const { password_hash = '', hashing_algorithm, tags = [] } = await userOf(broker, name)
  const kept =
    'password' in changes || 'password_hash' in changes
      ? {}
      : { password_hash, ...(hashing_algorithm === undefined ? {} : { hashing_algorithm }) }
  await broker.ask('PUT', ['users', name], { tags, ...kept, ...changes } as JsonObject)
}

/** The second argument, or what comes on standard input. */
async function passwordOf({
  args,
  readInput,
}: {
  args: readonly string[]
  readInput(): Promise<string>
}): Promise<string> {
  const password = args[1] ?? (await readInput()).replace(/\r?\n$/, '')
  if (password === '') throw new ControlError(ControlExit.data, 'Error: user password cannot be empty')
  return password
}

const quoted = (name: string | undefined): string => `"${name}"`

/** Users, their passwords, tags and limits. */
export const userCommands: ControlCommands = {
  list_users: {
    summary: 'List user names and tags',
    parameters: [],
    banner: () => 'Listing users ...',
    run: async (broker) => {
      const users = (await broker.get('users')) as readonly JsonObject[]
      return { columns: ['user', 'tags'], rows: users.map(({ name, tags }) => ({ user: name!, tags: tags! })) }
    },
  },
  add_user: {
    summary: 'Creates a new user in the internal database',
    parameters: ['username', '[password]'],
    options: ['pre-hashed-password!'],
    banner: ({ args }) => `Adding user ${quoted(args[0])} ...`,
    run: async (broker, given) => {
      const [name] = given.args
      const password = await passwordOf(given)
      const known = await broker.get('users', name!).catch((error: unknown) => {
        if (error instanceof BrokerRefusal && error.status === 404) return undefined
        throw error
      })
      if (known !== undefined) throw new ControlError(ControlExit.software, `User "${name}" already exists`)
      const secret: JsonObject =
        given.options['pre-hashed-password'] === undefined ? { password } : { password_hash: password }
      await broker.ask('PUT', ['users', name!], { ...secret, tags: [] })
      return undefined
    },
  },
  delete_user: {
    summary: 'Removes a user from the internal database',
    parameters: ['username'],
    banner: ({ args }) => `Deleting user ${quoted(args[0])} ...`,
    run: async (broker, { args: [name] }) => {
      await explained(broker.ask('DELETE', ['users', name!]), { 404: noUser(name!) })
      return undefined
    },
  },
  change_password: {
    summary: 'Changes the user password',
    parameters: ['username', '[password]'],
    banner: ({ args }) => `Changing password for user ${quoted(args[0])} ...`,
    run: async (broker, given) => change(broker, given.args[0]!, { password: await passwordOf(given) }),
  },
  clear_password: {
    summary: 'Clears (resets) password and disables password login for a user',
    parameters: ['username'],
    banner: ({ args }) => `Clearing password for user ${quoted(args[0])} ...`,
    run: (broker, { args }) => change(broker, args[0]!, { password_hash: '' }),
  },
  set_user_tags: {
    summary: 'Sets user tags',
    parameters: ['username', '[tag]...'],
    banner: ({ args: [name, ...tags] }) => `Setting tags for user ${quoted(name)} to [${tags.join(', ')}] ...`,
    run: (broker, { args: [name, ...tags] }) => change(broker, name!, { tags: tags.flatMap((tag) => tag.split(',')) }),
  },
  authenticate_user: {
    summary: 'Attempts to authenticate a user. Exits with a non-zero code if authentication fails.',
    parameters: ['username', '[password]'],
    banner: ({ args }) => `Authenticating user ${quoted(args[0])} ...`,
    run: async (broker, given) => {
      const [name] = given.args
      const authorization = `Basic ${Buffer.from(`${name}:${await passwordOf(given)}`).toString('base64')}`
      try {
        await broker.ask('GET', ['whoami'], undefined, { authorization })
      } catch (error) {
        if (!(error instanceof BrokerRefusal)) throw error
        // Whoever is told that had the right password.
        if (error.message !== 'Not management user') {
          const reason = `Error: failed to authenticate user ${quoted(name)}\nuser '${name}' - invalid credentials`
          throw new ControlError(ControlExit.data, reason)
        }
      }
      return { text: 'Success' }
    },
  },
  hash_password: {
    summary: 'Hashes a plaintext password',
    parameters: ['[cleartext_password]'],
    banner: () => 'Will hash the given password using SHA-256',
    run: async (broker, { args, readInput }) => {
      const password = args[0] ?? (await readInput()).replace(/\r?\n$/, '')
      const { ok } = (await broker.get('auth', 'hash_password', password)) as JsonObject
      return { text: String(ok) }
    },
  },
  list_user_limits: {
    summary: 'Displays configured user limits',
    parameters: [],
    options: ['user', 'global!'],
    banner: ({ options }) =>
      options.user === undefined
        ? 'Listing limits for all users ...'
        : `Listing limits for user ${quoted(options.user)} ...`,
    run: async (broker, { options: { user } }) => {
      if (user === undefined) {
        const all = (await broker.get('user-limits')) as readonly JsonObject[]
        return {
          columns: ['user', 'limits'],
          rows: all.map(({ user: name, value }) => ({ user: name!, limits: JSON.stringify(value) })),
        }
      }
      const own = (await explained(broker.get('user-limits', user), { 404: noUser(user) })) as readonly JsonObject[]
      const limits = own[0]?.value ?? {}
      return { value: limits, text: JSON.stringify(limits) }
    },
  },
  set_user_limits: {
    summary: 'Sets user limits',
    parameters: ['username', 'definition'],
    banner: ({ args: [name, definition] }) =>
      `Setting user limits to ${quoted(definition)} for user ${quoted(name)} ...`,
    run: async (broker, { args: [name, definition] }) => {
      for (const [limit, value] of Object.entries(definitionOf(definition!))) {
        await explained(broker.ask('PUT', ['user-limits', name!, limit], { value }), { 404: noUser(name!) })
      }
      return undefined
    },
  },
  clear_user_limits: {
    summary: 'Clears user connection/channel limits',
    parameters: ['username', 'limit_type'],
    banner: ({ args: [name, limit] }) => `Clearing ${quoted(limit)} limit for user ${quoted(name)} ...`,
    run: async (broker, { args: [name, limit] }) => {
      const limits = limit === 'all' ? ['max-connections', 'max-channels'] : [limit!]
      for (const one of limits)
        await explained(broker.ask('DELETE', ['user-limits', name!, one]), { 404: noUser(name!) })
      return undefined
    },
  },
}

/** A definition as JSON; throws a ControlError for anything else. */
export function definitionOf(text: string): JsonObject {
  const value = jsonOf(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw new ControlError(ControlExit.data, `'${text}' is no JSON object`)
}

/** A value as JSON; throws a ControlError for anything else. */
export function jsonOf(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    throw new ControlError(ControlExit.data, `JSON decoding error: '${text}' is no JSON`)
  }
}
