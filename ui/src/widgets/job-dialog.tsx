import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Action } from '../data/action.ts'
import { cancelJob, type Job, runJob } from '../data/job.ts'
import { t } from '../strings/strings.ts'
import { Button } from './button.tsx'
import { CopyAs } from './copy-as.tsx'
import { Dialog } from './dialog.tsx'

interface JobDialogProps {
  /** A verb and its object with numbers. */
  readonly title: string
  /** What starts the job; undefined while something is still to be chosen. */
  readonly action: Action | undefined
  /** Must be typed before anything happens; nothing by default. */
  readonly typed?: string | undefined
  readonly danger?: boolean
  readonly children?: ComponentChildren
  onClose(finished: boolean): void
}

/** Says what will happen to many things, has the broker do it when it is meant, and tells what became of each. */
export function JobDialog({ title, action, typed, danger = true, children, onClose }: JobDialogProps) {
  const [started, setStarted] = useState<Action | undefined>()
  const [name, setName] = useState('')
  if (started !== undefined) return <RunningJob title={title} action={started} onClose={() => onClose(true)} />
  return (
    <Dialog title={title} onClose={() => onClose(false)}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setStarted(action)
        }}
      >
        {children}
        {typed !== undefined && (
          <label>
            <span>{t.actions.typeName(typed)}</span>
            <input autocomplete="off" autofocus value={name} onInput={(event) => setName(event.currentTarget.value)} />
          </label>
        )}
        <div class="dialog-foot">
          {action !== undefined && <CopyAs action={action} />}
          <Button onClick={() => onClose(false)}>{t.actions.cancel}</Button>
          <Button
            kind={danger ? 'danger' : 'primary'}
            submit
            disabled={action === undefined || (typed !== undefined && name !== typed)}
          >
            {title}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function RunningJob({ title, action, onClose }: { title: string; action: Action; onClose: () => void }) {
  const [job, setJob] = useState<Job | undefined>()
  const [problem, setProblem] = useState('')
  useEffect(() => {
    const stop = new AbortController()
    runJob(action, setJob, stop.signal).catch((error: unknown) => {
      setProblem(error instanceof Error ? error.message : String(error))
    })
    return () => stop.abort()
  }, [])
  const isRunning = problem === '' && (job === undefined || job.state === 'running')
  const ended = (job?.done ?? 0) + (job?.failed ?? 0)
  const failures = job?.results?.filter(({ outcome }) => outcome === 'failed') ?? []
  return (
    <Dialog title={title} onClose={onClose}>
      {isRunning && <progress {...(job?.total ? { max: job.total, value: ended } : {})} aria-label={title} />}
      <p role="status">
        {isRunning
          ? t.queues.job.progress(ended, job?.total ?? undefined)
          : job && t.queues.job.result(job.done, job.failed)}
      </p>
      <p class="problem" role="alert">
        {problem || job?.error}
      </p>
      {failures.length > 0 && (
        <ul class="names">
          {failures.map(({ name, queue, sequence, reason }) => (
            <li key={`${name} ${queue} ${sequence}`}>
              {name ?? queue ?? sequence}: {reason}
            </li>
          ))}
        </ul>
      )}
      <div class="dialog-foot">
        {isRunning && job !== undefined ? (
          <Button onClick={() => void cancelJob(job)}>{t.queues.job.stop}</Button>
        ) : (
          <Button kind="primary" onClick={onClose}>
            {t.actions.close}
          </Button>
        )}
      </div>
    </Dialog>
  )
}
