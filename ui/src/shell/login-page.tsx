import { useState } from 'preact/hooks'
import { ApiError } from '../data/request.ts'
import { logIn } from '../data/session.ts'
import { t } from '../strings/strings.ts'
import { Button } from '../widgets/button.tsx'

/** Asks who it is. */
export function LoginPage() {
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    setBusy(true)
    setProblem('')
    try {
      await logIn(String(form.get('user')), String(form.get('password')))
    } catch (error) {
      const refused = error instanceof ApiError && error.status > 0
      setProblem(refused ? t.login.refused : error instanceof Error ? error.message : String(error))
      setBusy(false)
    }
  }
  return (
    <main class="login">
      <form class="card login-card" onSubmit={(event) => void submit(event)}>
        <h1>{t.login.title}</h1>
        <label>
          <span>{t.login.user}</span>
          <input name="user" autocomplete="username" autocapitalize="none" spellcheck={false} required autofocus />
        </label>
        <label>
          <span>{t.login.password}</span>
          <input name="password" type="password" autocomplete="current-password" />
        </label>
        <p class="problem" role="alert">
          {problem}
        </p>
        <Button kind="primary" submit disabled={busy}>
          {t.login.submit}
        </Button>
        <p class="hint">{t.login.hint}</p>
      </form>
    </main>
  )
}
