import { useEffect, useState } from 'preact/hooks'
import { type BrowsedMessage, browse, fits } from '../../data/message.ts'
import type { Queue } from '../../data/queue.ts'
import { ApiError } from '../../data/request.ts'
import { count } from '../../format/numbers.ts'
import { location, setQuery } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { DataTable } from '../../widgets/data-table.tsx'
import { download } from '../../widgets/download.ts'
import { useSelection } from '../../widgets/selection.ts'
import { Empty, Failure, Loading } from '../../widgets/states.tsx'
import { MessageActions } from './message-actions.tsx'
import { messageColumns } from './message-columns.tsx'
import { MessageDialog } from './message-dialog.tsx'

const PAGE_SIZE = 50
const FOLLOW_MILLISECONDS = 1000
const FOLLOWED_MAX = 1000

interface Page {
  readonly messages: readonly BrowsedMessage[]
  readonly next: number | undefined
}

/** What waits in a queue, or is kept in a stream; page by page, without touching it. */
export function MessagesTab({ queue }: { readonly queue: Queue }) {
  const [following, setFollowing] = useState(false)
  const [filter, setFilter] = useState('')
  const from = Number(location.value.query.from) || queue.first_offset || 0
  const { page, problem, reload } = useBrowsed(queue, from, following)
  const shown = page?.messages.filter((message) => filter === '' || fits(message, filter)) ?? []
  const open = location.value.query.m
  const texts = t.queue.browse
  const selection = useSelection()
  const selected = shown.filter(({ position }) => selection.keys.has(String(position)))
  const chosen = selected.length > 0 ? selected : filter === '' ? undefined : shown
  const onDone = () => {
    selection.set([])
    reload()
  }
  return (
    <>
      <p class="hint">{texts.lead}</p>
      <div class="toolbar">
        <Position queue={queue} from={from} />
        <input
          type="search"
          class="grow"
          data-search
          aria-label={texts.filter}
          placeholder={texts.filter}
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
        {queue.type === 'stream' && (
          <Button icon={following ? 'pause' : 'play'} pressed={following} onClick={() => setFollowing(!following)}>
            {following ? texts.unfollow : texts.follow}
          </Button>
        )}
        <Button icon="refresh" label={t.actions.reload} onClick={reload} />
        <Button
          icon="download"
          label={texts.download}
          disabled={shown.length === 0}
          onClick={() => save(queue, shown)}
        />
      </div>
      <MessageActions queue={queue} chosen={chosen} onDone={onDone} />
      {problem !== undefined ? (
        <Failure status={problem.status} reason={problem.message} retry={reload} />
      ) : page === undefined ? (
        <Loading />
      ) : shown.length === 0 ? (
        <div class="card">
          <Empty
            title={page.messages.length > 0 ? texts.none : queue.type === 'stream' ? texts.emptyStream : texts.empty}
          />
        </div>
      ) : (
        <DataTable
          label={t.queue.tabs.messages}
          columns={messageColumns}
          rows={shown}
          keyOf={({ position }) => String(position)}
          selection={selection}
        />
      )}
      {page !== undefined && !following && (
        <nav class="pager" aria-label={t.table.pages}>
          <span>{texts.shown(shown.length, page.messages.length)}</span>
          <span class="spacer" />
          <Button disabled={from === 0} onClick={() => setQuery({ from: undefined })}>
            {texts.first}
          </Button>
          <Button
            icon="right"
            disabled={page.next === undefined || page.messages.length < PAGE_SIZE}
            onClick={() => setQuery({ from: String(page.next) }, true)}
          >
            {texts.next}
          </Button>
        </nav>
      )}
      {open !== undefined && <MessageDialog queue={queue} position={Number(open)} />}
    </>
  )
}

function Position({ queue, from }: { readonly queue: Queue; readonly from: number }) {
  const label = queue.type === 'stream' ? t.queue.browse.offset : t.queue.browse.from
  return (
    <form
      class="inline-row"
      onSubmit={(event) => {
        event.preventDefault()
        const value = new FormData(event.currentTarget).get('from')
        setQuery({ from: String(value ?? '') })
      }}
    >
      <label class="inline-row">
        <span class="inline">{label}</span>
        <input key={from} name="from" type="number" min={0} class="short" defaultValue={String(from)} />
      </label>
      <Button submit>{t.queue.browse.go}</Button>
    </form>
  )
}

/** A page of messages; while one follows, more and more of them, the last ones first. */
function useBrowsed(queue: Queue, from: number, following: boolean) {
  const [page, setPage] = useState<Page | undefined>()
  const [problem, setProblem] = useState<ApiError | undefined>()
  const [asked, setAsked] = useState(0)
  const { vhost, name, type } = queue
  useEffect(() => {
    let stopped = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async (position: number, kept: readonly BrowsedMessage[]): Promise<void> => {
      try {
        const { messages, next } = await browse({ vhost, name }, position, PAGE_SIZE)
        if (stopped) return
        const all = following ? [...messages.toReversed(), ...kept].slice(0, FOLLOWED_MAX) : messages
        setProblem(undefined)
        setPage({ messages: all, next })
        if (following) timer = setTimeout(() => void look(next ?? position, all), FOLLOW_MILLISECONDS)
      } catch (error) {
        if (!stopped) setProblem(error instanceof ApiError ? error : new ApiError(0, String(error)))
      }
    }
    const start = following && type === 'stream' ? Math.max(from, (queue.committed_offset ?? 0) - 20) : from
    void look(start, [])
    return () => {
      stopped = true
      clearTimeout(timer)
    }
  }, [vhost, name, from, following, asked])
  return { page, problem, reload: () => setAsked(asked + 1) }
}

function save(queue: Queue, messages: readonly BrowsedMessage[]): void {
  const lines = messages.map((message) => JSON.stringify(message))
  download(`${queue.name}-${count(messages[0]?.position)}.ndjson`, 'application/x-ndjson', `${lines.join('\n')}\n`)
}
