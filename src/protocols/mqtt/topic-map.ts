/** The namespace of Sparkplug, whose name has a dot that is no level. */
const SPARKPLUG = 'spBv1.0'
const SPARKPLUG_KEY = 'spBv1___0'

/**
 * Topics and routing keys: `/` stands for `.` and `+` for `*`, as in RabbitMQ. A dot within a topic becomes a level of
 * its own on the way back, unless it is Sparkplug's.
 */
export class TopicMap {
  readonly #sparkplug: boolean

  constructor(sparkplug: boolean) {
    this.#sparkplug = sparkplug
  }

  /** The routing key of a topic name, or the binding key of a topic filter. */
  key(topic: string): string {
    const known = this.#sparkplug && topic.startsWith(SPARKPLUG) ? SPARKPLUG_KEY + topic.slice(SPARKPLUG.length) : topic
    return known.replaceAll('/', '.').replaceAll('+', '*')
  }

  /** The topic name of a routing key, or the filter of a binding key. */
  topic(key: string): string {
    const topic = key.replaceAll('.', '/').replaceAll('*', '+')
    if (!this.#sparkplug || !topic.startsWith(SPARKPLUG_KEY)) return topic
    return SPARKPLUG + topic.slice(SPARKPLUG_KEY.length)
  }
}
