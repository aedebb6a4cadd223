import type { Plugin } from '../../plugin.ts'

/** What the settings say to the Prometheus plug-in. */
export interface PrometheusSettings {
  /** `/metrics`. */
  readonly path: string
  /** `/metrics` answers a series for each thing, as `/metrics/per-object` does. */
  readonly perObject: boolean
  /** Who asks has to log in and be tagged `monitoring`. */
  readonly authenticates: boolean
  /** Queues whose names match are left out of sums. */
  readonly unsummedQueues: string | undefined
}

/** Metrics under RabbitMQ's names in the text format of Prometheus, on a port of their own. */
export const prometheusPlugin: Plugin<PrometheusSettings> = {
  name: 'rabbitmq_prometheus',
  async start(host, settings) {
    const { MetricsHead } = await import('./metrics-head.ts')
    host.add('protocol', new MetricsHead(host, settings))
  },
}
