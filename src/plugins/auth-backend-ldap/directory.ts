import { Client, EqualityFilter, InvalidCredentialsError, NoSuchObjectError, PresenceFilter } from 'ldapts'
import { Turnstile } from '../../std/turnstile.ts'
import type { LdapSettings } from './settings.ts'

/** Whom to bind as; undefined for nobody. */
export interface Credentials {
  readonly dn: string
  readonly password: string
}

/** The directory did not take a password. */
export class BindRefused extends Error {}

/** A directory, over connections of their own for each piece of work: nobody asks on as somebody else. */
export class Directory {
  readonly #settings: LdapSettings
  readonly #turnstile: Turnstile

  constructor(settings: LdapSettings) {
    this.#settings = settings
    this.#turnstile = new Turnstile(settings.connectionsMax)
  }

  /** Carries `work` out as somebody. Rejects with `BindRefused` where the directory does not know them so. */
  as<T>(credentials: Credentials | undefined, work: (session: DirectorySession) => Promise<T>): Promise<T> {
    return this.#turnstile.pass(async () => {
      const client = await this.#bound(credentials)
      try {
        return await work(new DirectorySession(client))
      } finally {
        await client.unbind().catch(() => {})
      }
    })
  }

  /** Tries the servers in their order; a password that one refuses is not tried at the next. */
  async #bound(credentials: Credentials | undefined): Promise<Client> {
    let failure = new Error('no LDAP server is set')
    for (const server of this.#settings.servers) {
      const client = this.#client(server)
      try {
        if (this.#settings.encryption === 'starttls') await client.startTLS({ host: server, ...this.#settings.tls })
        if (credentials !== undefined) await client.bind(credentials.dn, credentials.password)
        return client
      } catch (error) {
        await client.unbind().catch(() => {})
        if (error instanceof InvalidCredentialsError) throw new BindRefused('invalid credentials')
        failure = new Error(`LDAP server ${server}: ${(error as Error).message}`)
      }
    }
    throw failure
  }

  #client(server: string): Client {
    const { encryption, port, milliseconds, tls } = this.#settings
    const host = server.includes(':') ? `[${server}]` : server
    return new Client({
      url: `${encryption === 'tls' ? 'ldaps' : 'ldap'}://${host}:${port}`,
      timeout: milliseconds,
      connectTimeout: milliseconds,
      strictDN: false,
      ...(encryption === 'tls' ? { tlsOptions: tls } : {}),
    })
  }
}

/** Questions to a directory, asked as one user. An entry that is not there is no error. */
export class DirectorySession {
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** Whether there is an entry, having an attribute of a value where one is named. */
  async exists(dn: string, having?: { readonly attribute: string; readonly value: string }): Promise<boolean> {
    const filter = having === undefined ? anything : new EqualityFilter(having)
    return (await this.#search(dn, { scope: 'base', filter, attributes: ['objectClass'] })).length > 0
  }

  /** The one value an entry has for an attribute; undefined where it has none, or several. */
  async attribute(dn: string, attribute: string): Promise<string | undefined> {
    const [entry] = await this.#search(dn, { scope: 'base', filter: anything, attributes: [attribute] })
    const found = Object.entries(entry ?? {}).find(([name]) => name.toLowerCase() === attribute.toLowerCase())?.[1]
    const values = Array.isArray(found) ? found : found === undefined ? [] : [found]
    return values.length === 1 ? String(values[0]) : undefined
  }

  /** Names of the entries below `base` whose attribute has a value. */
  async find(base: string, { attribute, value, scope }: Search): Promise<string[]> {
    const filter = new EqualityFilter({ attribute, value })
    const entries = await this.#search(base, { scope, filter, attributes: ['objectClass'] })
    return entries.map(({ dn }) => dn)
  }

  async #search(
    base: string,
    options: Parameters<Client['search']>[1],
  ): Promise<{ dn: string; [name: string]: unknown }[]> {
    try {
      return (await this.#client.search(base, { ...options, sizeLimit: ENTRIES_MAX })).searchEntries
    } catch (error) {
      if (error instanceof NoSuchObjectError) return []
      throw error
    }
  }
}

export interface Search {
  readonly attribute: string
  readonly value: string
  readonly scope: 'sub' | 'one'
}

/** Entries that an answer may have. */
const ENTRIES_MAX = 1000

/** Every entry has a class. */
const anything = new PresenceFilter({ attribute: 'objectClass' })
