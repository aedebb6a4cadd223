import { useState } from 'preact/hooks'
import { deleteExchange, type Exchange } from '../../data/exchange.ts'
import { href, navigate } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { ConfirmDialog } from '../../widgets/confirm-dialog.tsx'
import { FactList } from '../../widgets/fact-list.tsx'

/** What applies to an exchange, and its end. */
export function ExchangeSettings({ exchange }: { readonly exchange: Exchange }) {
  const [deleting, setDeleting] = useState(false)
  const { facts } = t.exchanges
  const { name } = exchange
  const yes = (is: boolean | undefined) => (is === true ? t.queue.facts.yes : t.queue.facts.no)
  const isProtected = name === '' || name.startsWith('amq.')
  return (
    <div class="columns two">
      <section class="card panel">
        <h2>{t.queue.facts.title}</h2>
        <FactList
          facts={[
            [facts.durable, yes(exchange.durable)],
            [facts.autoDelete, yes(exchange.auto_delete)],
            [facts.internal, yes(exchange.internal)],
            [facts.policy, exchange.policy ?? t.queue.facts.none],
            [facts.arguments, <code key="arguments">{JSON.stringify(exchange.arguments ?? {})}</code>],
          ]}
        />
      </section>
      <section class="card panel">
        <h2>{t.queues.delete}</h2>
        <p>{isProtected ? t.exchanges.protected : t.exchanges.deleteLead}</p>
        {!isProtected && (
          <div class="inline-row">
            <Button kind="danger" icon="trash" onClick={() => setDeleting(true)}>
              {t.exchanges.delete(name)}
            </Button>
          </div>
        )}
      </section>
      {deleting && (
        <ConfirmDialog
          title={t.exchanges.delete(name)}
          action={deleteExchange(exchange)}
          onClose={() => setDeleting(false)}
          onDone={() => navigate(href(['exchanges']))}
        >
          <p>{t.exchanges.deleteLead}</p>
        </ConfirmDialog>
      )}
    </div>
  )
}
