import { useEffect, useErrorBoundary } from 'preact/hooks'
import { whenRefused } from '../data/request.ts'
import { logOut, session } from '../data/session.ts'
import { t } from '../strings/strings.ts'
import { Button } from '../widgets/button.tsx'
import { LoginPage } from './login-page.tsx'
import { Shell } from './shell.tsx'

/** The whole interface. */
export function App() {
  const [broken, tryAgain] = useErrorBoundary((error) => console.error(error))
  useEffect(() => whenRefused(logOut), [])
  if (broken !== undefined) {
    return (
      <main class="failure">
        <p>{String(broken)}</p>
        <Button onClick={tryAgain}>{t.states.retry}</Button>
      </main>
    )
  }
  switch (session.value.state) {
    case 'starting':
      return <p class="boot">{t.product}</p>
    case 'out':
      return <LoginPage />
    case 'in':
      return <Shell />
    default:
      return session.value.state satisfies never
  }
}
