import { useState } from 'preact/hooks'
import { useLive } from '../../data/live.ts'
import { begun, overviewNow } from '../../data/stream.ts'
import { href } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { Icon, type IconName } from '../../widgets/icon.tsx'

interface Finding {
  readonly rule: string
  readonly severity: 'critical' | 'warning' | 'info'
  readonly text: string
  readonly fix: string
  readonly vhost?: string
  readonly kind?: string
  readonly name?: string
}

const icons = { critical: 'error', warning: 'warning', info: 'info' } as const satisfies Record<string, IconName>

/** Findings that are shown before one asks for all. */
const FOLDED = 4

/** Pages of what findings are about. */
const places: Readonly<Record<string, string>> = { queue: 'queues', exchange: 'exchanges', connection: 'connections' }

/** Whether anything is wrong, and what to do about it. */
export function Findings() {
  const answer = useLive<{ readonly findings: readonly Finding[] }>(begun.value ? '/x/findings' : undefined)
  const now = overviewNow.value
  const findings = answer.data.value?.findings
  const [all, setAll] = useState(false)
  const shown = all ? findings : findings?.slice(0, FOLDED)
  const of = (severity: Finding['severity']) => findings?.filter((one) => one.severity === severity).length ?? 0
  return (
    <>
      <p class="lead">
        {findings !== undefined && (
          <strong>
            {of('critical') + of('warning') === 0
              ? t.overview.fine
              : `${t.overview.problems(of('critical'), of('warning'))}.`}{' '}
          </strong>
        )}
        {now !== undefined && t.overview.facts(now.queues, now.connections, now.consumers)}
      </p>
      {findings !== undefined && findings.length > 0 && (
        <section class="card findings" aria-label={t.overview.findings}>
          <ul>
            {shown?.map((finding) => (
              <Row key={`${finding.rule} ${finding.vhost} ${finding.name} ${finding.text}`} finding={finding} />
            ))}
          </ul>
          {findings.length > FOLDED && (
            <Button kind="quiet" icon={all ? 'up' : 'down'} onClick={() => setAll(!all)}>
              {all ? t.overview.fewer : t.overview.all(findings.length)}
            </Button>
          )}
        </section>
      )}
    </>
  )
}

function Row({ finding }: { readonly finding: Finding }) {
  const { severity, text, fix, kind = '', vhost, name } = finding
  const place = places[kind]
  const segments = [place, ...(kind === 'connection' ? [] : [vhost]), name].filter((part) => part !== undefined)
  return (
    <li class={`finding ${severity}`}>
      <Icon name={icons[severity]} />
      <div>
        <p>
          <span class="hidden-text">{t.overview.severities[severity]}: </span>
          {place === undefined || name === undefined ? text : <a href={href(segments)}>{text}</a>}
        </p>
        <p class="hint">{fix}</p>
      </div>
    </li>
  )
}
