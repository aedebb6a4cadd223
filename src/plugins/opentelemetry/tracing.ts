import type { Broker } from '../../broker/broker.ts'
import type { VirtualHost } from '../../broker/virtual-host.ts'
import type { Host } from '../../plugin.ts'
import { MessageTracer } from './message-tracer.ts'
import type { OpenTelemetrySettings } from './plugin.ts'
import { SpanExporter } from './span-exporter.ts'

/** Watches all virtual hosts, those to come too, and sends what it sees. */
export class Tracing {
  readonly #broker: Broker
  readonly #exporter: SpanExporter
  readonly #ratio: number
  readonly #watched = new Map<VirtualHost, () => void>()
  readonly #stopListening: () => void

  constructor({ broker, logger, node }: Host, { endpoint, headers, serviceName, ratio }: OpenTelemetrySettings) {
    this.#broker = broker
    this.#ratio = ratio
    const resource = {
      attributes: {
        'service.name': serviceName,
        'service.version': node.productVersion,
        'service.instance.id': node.name,
      },
      version: node.productVersion,
    }
    this.#exporter = new SpanExporter({ endpoint, headers, resource, clock: broker.clock, logger })
    broker.onRecovered(() => this.#watch())
    this.#stopListening = broker.events.listen((event) => {
      if (event.type.startsWith('vhost.')) broker.clock.defer(() => this.#watch())
    })
  }

  async close(): Promise<void> {
    this.#stopListening()
    for (const stop of this.#watched.values()) stop()
    this.#watched.clear()
    await this.#exporter.close()
  }

  #watch(): void {
    const { clock, random } = this.#broker
    const present = new Set(this.#broker.virtualHosts)
    for (const [vhost, stop] of this.#watched) {
      if (present.has(vhost)) continue
      stop()
      this.#watched.delete(vhost)
    }
    for (const vhost of present) {
      if (this.#watched.has(vhost)) continue
      const onSpan = this.#exporter.add.bind(this.#exporter)
      const tracer = new MessageTracer({ vhost: vhost.name, clock, random, ratio: this.#ratio, onSpan })
      this.#watched.set(vhost, vhost.taps.add(tracer))
    }
  }
}
