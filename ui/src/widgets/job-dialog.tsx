import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Job, type Task } from '../data/job.ts'
import { t } from '../strings/strings.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

interface JobDialogProps {
  /** A verb and its object with numbers. */
  readonly title: string
  readonly tasks: readonly Task[]
  /** Must be typed before anything happens; nothing by default. */
  readonly typed?: string | undefined
  readonly children?: ComponentChildren
  onClose(finished: boolean): void
}

/** Says what will happen to many things, does it when it is meant, and tells what became of each. */
export function JobDialog({ title, tasks, typed, children, onClose }: JobDialogProps) {
  const [job, setJob] = useState<Job | undefined>()
  const [name, setName] = useState('')
  if (job !== undefined) return <RunningJob title={title} job={job} onClose={() => onClose(true)} />
  return (
    <Dialog title={title} onClose={() => onClose(false)}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setJob(new Job(tasks))
        }}
      >
        {children}
        <ul class="names">
          {tasks.slice(0, 100).map((task) => (
            <li key={task.name}>{task.name}</li>
          ))}
        </ul>
        {typed !== undefined && (
          <label>
            <span>{t.actions.typeName(typed)}</span>
            <input autocomplete="off" autofocus value={name} onInput={(event) => setName(event.currentTarget.value)} />
          </label>
        )}
        <div class="dialog-foot">
          <Button onClick={() => onClose(false)}>{t.actions.cancel}</Button>
          <Button kind="danger" submit disabled={typed !== undefined && name !== typed}>
            {title}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function RunningJob({ title, job, onClose }: { title: string; job: Job; onClose: () => void }) {
  const ended = job.done.value + job.failures.value.length
  const isRunning = job.state.value === 'running'
  return (
    <Dialog title={title} onClose={onClose}>
      <progress max={job.all} value={ended} aria-label={title} />
      <p role="status">
        {isRunning
          ? t.queues.job.progress(ended, job.all)
          : t.queues.job.result(job.done.value, job.failures.value.length)}
      </p>
      <ul class="names">
        {job.failures.value.map((failure) => (
          <li key={failure.name}>
            {failure.name}: {failure.reason}
          </li>
        ))}
      </ul>
      <div class="dialog-foot">
        {isRunning ? (
          <Button onClick={() => job.stop()}>{t.queues.job.stop}</Button>
        ) : (
          <Button kind="primary" onClick={onClose}>
            {t.actions.close}
          </Button>
        )}
      </div>
    </Dialog>
  )
}
