import type {
  Authenticated,
  Authenticator,
  Authorization,
  Credentials,
  ResourceQuestion,
  TopicQuestion,
  Verdict,
} from '../../broker/authenticator.ts'
import { Fault } from '../../broker/fault.ts'
import type { Logger } from '../../std/logger.ts'
import type { HttpService, Parameters } from './service.ts'
import type { AuthHttpSettings } from './settings.ts'

/** Names of parameters that nothing of a head may replace. */
const fixedParameters = new Set(['username', 'password', 'vhost', 'resource', 'name', 'permission', 'ip', 'tags'])

/** Asks an HTTP service, in RabbitMQ's form, so that services written for it serve us. */
export class HttpAuthenticator implements Authenticator {
  readonly name = 'http'
  readonly #settings: AuthHttpSettings
  readonly #service: HttpService
  readonly #logger: Logger

  constructor(settings: AuthHttpSettings, service: HttpService, logger: Logger) {
    this.#settings = settings
    this.#service = service
    this.#logger = logger
  }

  async authenticate(credentials: Credentials): Promise<Authenticated> {
    const { user, password } = credentials
    const parameters: Parameters = [
      ['username', user],
      ...(password === undefined ? [] : [['password', password] as const]),
      ...contextOf(credentials, new Set(['username', 'password'])),
    ]
    const answer = await this.#service.ask(this.#settings.userPath, parameters)
    const tags = tagsIn(answer)
    if (tags === undefined) {
      if (!isDenial(answer)) throw new Error('the HTTP service gave an answer that is neither allow nor deny')
      const reason = answer.slice('deny'.length).trim()
      if (reason !== '') this.#logger.info(`HTTP authentication denied for user '${user}': ${reason}`)
      throw new Fault('access-refused', 'Denied by the backing HTTP service')
    }
    const authorization = new HttpAuthorization(user, tags, { credentials, ask: this.#ask })
    return { name: user, tags, authorization }
  }

  async authorize(name: string, credentials: Credentials): Promise<Authorization> {
    return (await this.authenticate({ ...credentials, user: name })).authorization
  }

  readonly #ask = async (
    path: 'vhostPath' | 'resourcePath' | 'topicPath',
    parameters: Parameters,
  ): Promise<Verdict> => {
    const answer = await this.#service.ask(this.#settings[path], parameters)
    if (answer.toLowerCase() === 'allow') return 'allowed'
    if (!isDenial(answer)) throw new Error('bad response')
    const reason = answer.slice('deny'.length).trim()
    return { reason: this.#settings.disclosesReasons && reason !== '' ? reason : undefined }
  }
}

interface HttpLogin {
  readonly credentials: Credentials
  ask(path: 'vhostPath' | 'resourcePath' | 'topicPath', parameters: Parameters): Promise<Verdict>
}

/** What the service lets one user do. */
class HttpAuthorization implements Authorization {
  readonly backend = 'rabbit_auth_backend_http'
  readonly tags: readonly string[]
  readonly expiresAt = undefined
  readonly #name: string
  readonly #login: HttpLogin

  constructor(name: string, tags: readonly string[], login: HttpLogin) {
    this.tags = tags
    this.#name = name
    this.#login = login
  }

  vhost(vhost: string): Promise<Verdict> {
    const { ip } = this.#login.credentials.peer
    return this.#ask('vhostPath', [
      ['vhost', vhost],
      ['ip', ip],
      ['tags', this.tags.join(' ')],
    ])
  }

  resource({ vhost, kind, name, access }: ResourceQuestion): Promise<Verdict> {
    return this.#ask('resourcePath', [
      ['vhost', vhost],
      ['resource', kind],
      ['name', name],
      ['permission', access],
      ['tags', this.tags.join(' ')],
    ])
  }

  topic({ vhost, exchange, access, routingKey, variables }: TopicQuestion): Promise<Verdict> {
    return this.#ask('topicPath', [
      ['vhost', vhost],
      ['resource', 'topic'],
      ['name', exchange],
      ['permission', access],
      ['tags', this.tags.join(' ')],
      ['routing_key', routingKey],
      ...Object.entries(variables).map(([name, value]) => [`variable_map.${name}`, value] as const),
    ])
  }

  #ask(path: 'vhostPath' | 'resourcePath' | 'topicPath', parameters: Parameters): Promise<Verdict> {
    const context = contextOf(this.#login.credentials, fixedParameters)
    return this.#login.ask(path, [['username', this.#name], ...parameters, ...context])
  }
}

/** What a head knows beside the user, but for the name of its protocol, which RabbitMQ does not send. */
function contextOf({ context = {} }: Credentials, taken: ReadonlySet<string>): Parameters {
  return Object.entries(context).filter(([name]) => name !== 'protocol' && !taken.has(name))
}

function isDenial(answer: string): boolean {
  return answer.startsWith('deny ') || answer.toLowerCase() === 'deny'
}

/** The tags behind `allow`; undefined for another answer. */
function tagsIn(answer: string): string[] | undefined {
  const [word, ...tags] = answer.toLowerCase().split(' ')
  return word === 'allow' ? tags.filter((tag) => tag !== '') : undefined
}
