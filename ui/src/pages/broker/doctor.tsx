import { useLive } from '../../data/live.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import { SimpleTable } from '../../widgets/simple-table.tsx'
import { Show } from '../../widgets/states.tsx'

interface Check {
  readonly name: string
  readonly status: 'ok' | 'warning' | 'error'
  readonly text: string
  readonly fix?: string
}

const kinds = { ok: 'ok', warning: 'warn', error: 'danger' } as const

/** What the broker stands on, and what to do where it does not stand well. */
export function Doctor() {
  const live = useLive<{ readonly checks: readonly Check[] }>('/x/doctor')
  const texts = t.operation.broker
  const { doctorColumns: head } = texts
  return (
    <Show live={live}>
      {({ checks }) => {
        const having = (status: string) => checks.filter((one) => one.status === status).length
        return (
          <>
            <p class="lead">{texts.lead(having('error'), having('warning'))}</p>
            <SimpleTable
              label={texts.tabs.doctor}
              head={[head.status, head.name, head.text, head.fix]}
              rows={checks.map(({ name, status, text, fix }) => [
                <Badge key="status" kind={kinds[status]}>
                  {status}
                </Badge>,
                name,
                <span key="text" class="wrap">
                  {text}
                </span>,
                <span key="fix" class="wrap">
                  {fix}
                </span>,
              ])}
            />
          </>
        )
      }}
    </Show>
  )
}
