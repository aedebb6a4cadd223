import type { Plugin } from '../../plugin.ts'
import type { WebFile } from './web-interface.ts'
import type { WebSecurity } from './web-security.ts'

/** What the settings say to the management plug-in. */
export interface ManagementSettings {
  /** `/rabbit`; empty for none. */
  readonly pathPrefix: string
  /** Largest body of a request. */
  readonly bodyBytesMax: number
  readonly security: WebSecurity
  /** What the web interface is made of, read when somebody first asks; none where it was not built. */
  readonly webFiles: () => Promise<readonly WebFile[]>
}

/** The HTTP API, as a head that speaks HTTP. What it needs is loaded with the first connection. */
export const managementPlugin: Plugin<ManagementSettings> = {
  name: 'rabbitmq_management',
  async start(host, settings) {
    const { HttpHead } = await import('./http-head.ts')
    host.add('protocol', new HttpHead(host, settings))
  },
}
