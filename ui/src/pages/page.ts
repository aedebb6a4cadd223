import type { ComponentType } from 'preact'
import type { IconName } from '../widgets/icon.tsx'

/** What a page is given. */
export interface PageProps {
  /** The parts of its path that have a name, unescaped. */
  readonly params: Readonly<Record<string, string>>
}

/** A row of the table of pages. */
export interface Page {
  /** `/queues/:vhost/:queue`. */
  readonly path: string
  readonly title: string
  /** Where it stands in the rail; absent for pages one comes to from others. */
  readonly rail?: {
    readonly icon: IconName
    /** Pressed after `g`. */
    readonly key: string
    readonly group?: 'admin'
  }
  /** Whom it is shown to; everybody who may log in by default. */
  readonly tag?: 'administrator' | 'monitoring' | 'policymaker'
  /** Loads the component, which is fetched when the page is first opened. */
  load(): Promise<ComponentType<PageProps>>
}
