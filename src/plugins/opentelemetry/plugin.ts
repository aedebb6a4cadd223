import type { Plugin } from '../../plugin.ts'

/** What the settings say to it. */
export interface OpenTelemetrySettings {
  /** Of a collector that speaks OTLP over HTTP. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly serviceName: string
  /** Of messages that come without a trace, the share that begins one. */
  readonly ratio: number
}

/** Spans of messages, for a collector of OpenTelemetry. */
export const openTelemetryPlugin: Plugin<OpenTelemetrySettings> = {
  name: 'lapine_opentelemetry',
  async start(host, settings) {
    const { Tracing } = await import('./tracing.ts')
    const tracing = new Tracing(host, settings)
    host.onStop(() => tracing.close())
  },
}
