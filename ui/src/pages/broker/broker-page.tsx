import type { ComponentChildren } from 'preact'
import { useLive } from '../../data/live.ts'
import { hasTag } from '../../data/session.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import { SimpleTable } from '../../widgets/simple-table.tsx'
import { Show } from '../../widgets/states.tsx'
import { currentTab, Tabs } from '../../widgets/tabs.tsx'
import { Doctor } from './doctor.tsx'

const texts = t.operation.broker
const word = (is: boolean) => (is ? texts.yes : texts.no)

const all = [
  { id: 'doctor', title: texts.tabs.doctor, show: () => <Doctor /> },
  { id: 'feature-flags', title: texts.tabs.flags, show: () => <FeatureFlags /> },
  { id: 'deprecated-features', title: texts.tabs.deprecated, show: () => <DeprecatedFeatures /> },
  { id: 'plugins', title: texts.tabs.plugins, show: () => <Plugins /> },
  { id: 'settings', title: texts.tabs.settings, show: () => <Settings /> },
]

/** The broker itself: whether it stands well, and what it is made of. */
export function BrokerPage() {
  const tabs = hasTag('administrator') ? all : all.slice(0, 3)
  const tab = currentTab(tabs)
  return (
    <>
      <h1>{texts.title}</h1>
      <Tabs tabs={tabs} label={texts.title} />
      <div id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab.id}`}>
        {tab.show()}
      </div>
    </>
  )
}

interface TableOfProps<T> {
  readonly path: string
  readonly label: string
  readonly head: readonly string[]
  row(item: T): readonly ComponentChildren[]
}

function TableOf<T>({ path, label, head, row }: TableOfProps<T>) {
  const live = useLive<readonly T[]>(path)
  return <Show live={live}>{(items) => <SimpleTable label={label} head={head} rows={items.map(row)} />}</Show>
}

interface Flag {
  readonly name: string
  readonly state: string
  readonly stability: string
  readonly desc: string
}

function FeatureFlags() {
  const { flagColumns: head } = texts
  return (
    <TableOf<Flag>
      path="/feature-flags"
      label={texts.tabs.flags}
      head={[head.name, head.state, head.stability, head.desc]}
      row={({ name, state, stability, desc }) => [
        <code key="name">{name}</code>,
        state === 'enabled' ? <Badge kind="ok">{state}</Badge> : <Badge kind="warn">{state}</Badge>,
        stability,
        <span key="desc" class="wrap">
          {desc}
        </span>,
      ]}
    />
  )
}

interface Deprecated {
  readonly name: string
  readonly state: string
  readonly deprecation_phase: string
}

function DeprecatedFeatures() {
  const { deprecatedColumns: head } = texts
  return (
    <TableOf<Deprecated>
      path="/deprecated-features"
      label={texts.tabs.deprecated}
      head={[head.name, head.state, head.phase]}
      row={({ name, state, deprecation_phase: phase }) => [<code key="name">{name}</code>, state, phase]}
    />
  )
}

interface PluginList {
  readonly file: string | null
  readonly plugins: readonly {
    readonly name: string
    readonly description: string
    readonly enabled: boolean
    readonly running: boolean
  }[]
}

function Plugins() {
  const live = useLive<PluginList>('/x/node/plugins')
  const { pluginColumns: head } = texts
  return (
    <Show live={live}>
      {({ file, plugins }) => (
        <>
          {file !== null && <p class="hint">{texts.pluginsFile(file)}</p>}
          <SimpleTable
            label={texts.tabs.plugins}
            head={[head.name, head.enabled, head.running, head.description]}
            rows={plugins.map(({ name, enabled, running, description }) => [
              <code key="name">{name}</code>,
              word(enabled),
              word(running),
              <span key="description" class="wrap">
                {description}
              </span>,
            ])}
          />
        </>
      )}
    </Show>
  )
}

function Settings() {
  const live = useLive<unknown>('/x/node/settings')
  return (
    <Show live={live}>
      {(settings) => (
        <>
          <p class="hint">{texts.settingsLead}</p>
          <pre class="code" tabindex={0}>
            {JSON.stringify(settings, null, 2)}
          </pre>
        </>
      )}
    </Show>
  )
}
