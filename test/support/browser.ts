import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { Lapine, type LapineOptions } from './lapine.ts'

const require = createRequire(import.meta.url)

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The Chromium of this machine, which `CHROMIUM` may name; undefined for none. */
const chromiumPath = process.env.CHROMIUM ?? usual.find((path) => existsSync(path))

const isBuilt = existsSync(new URL('../../dist/ui/index.html', import.meta.url))

/** For tests of the web interface: why they are skipped, where they are. */
export const browserOptions =
  chromiumPath === undefined
    ? { skip: 'no Chromium found; set CHROMIUM to its path' }
    : isBuilt
      ? {}
      : { skip: 'the management UI was not built; npm run build does' }

/** A broker with its web interface, and a Chromium that looks at it; shared by the tests of a file. */
export class BrowserStage {
  #lapine: Lapine | undefined
  #browser: Browser | undefined

  get lapine(): Lapine {
    if (this.#lapine === undefined) throw new Error('the broker is not running: use it within a test')
    return this.#lapine
  }

  /** Where the interface is. */
  get url(): string {
    return `${this.lapine.httpUrl.slice(0, -'/api'.length)}/`
  }

  attach(options: LapineOptions): void {
    before(async () => {
      if ('skip' in browserOptions) return
      const { chromium } = await import('playwright-core')
      const [lapine, browser] = await Promise.all([
        Lapine.start(options),
        chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox', '--disable-gpu'] }),
      ])
      this.#lapine = lapine
      this.#browser = browser
    })
    after(async () => {
      await this.#browser?.close()
      await this.#lapine?.stop()
    })
  }

  /** A page nobody is logged in on. What it complains about is collected. */
  async open(options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await this.#browser!.newContext({ viewport: { width: 1440, height: 900 }, ...options })
    context.setDefaultTimeout(15_000)
    return new Visit(await context.newPage(), this.url)
  }

  /** A page on which `guest` is logged in. */
  async enter(hash = '#/', options: BrowserContextOptions = {}): Promise<Visit> {
    const visit = await this.open(options)
    await visit.page.addInitScript(`sessionStorage.setItem('lapine.authorization', 'Basic ${btoa('guest:guest')}')`)
    await visit.go(hash)
    return visit
  }
}

/** One tab of the browser. */
export class Visit {
  readonly page: Page
  /** Errors of scripts, refused requests, violations of the security policy, dialogs. */
  readonly complaints: string[] = []
  readonly #url: string

  constructor(page: Page, url: string) {
    this.page = page
    this.#url = url
    page.on('pageerror', (error) => this.complaints.push(`error: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`console: ${message.text()}`)
    })
    page.on('dialog', (dialog) => {
      this.complaints.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) this.complaints.push(`request to ${request.url()}`)
    })
  }

  async go(hash: string): Promise<void> {
    await this.page.goto(`${this.#url}${hash}`)
  }

  /** What axe finds wrong on the page as it is now, by rule and place. */
  async axe(): Promise<string[]> {
    // Typed in from outside, where the page's policy does not reach.
    await this.page.evaluate(axeSource())
    const violations = await this.page.evaluate(
      `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) =>
        violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ': ' + failureSummary)))`,
    )
    return violations as string[]
  }

  async close(): Promise<void> {
    await this.page.context().close()
  }
}

let source: string | undefined

function axeSource(): string {
  source ??= (require('axe-core') as { readonly source: string }).source
  return source
}

/** One stage for all tests of the calling file. */
export function withBrowser(options: LapineOptions = {}): BrowserStage {
  const stage = new BrowserStage()
  stage.attach(options)
  return stage
}
