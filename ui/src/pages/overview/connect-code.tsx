import { useState } from 'preact/hooks'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { copyText } from '../../widgets/copy-as.tsx'
import { ScrollBox } from '../../widgets/scroll-box.tsx'
import { snippets } from './snippets.ts'

/** How a program in some language connects to this broker. */
export function ConnectCode({ port }: { readonly port: number }) {
  const [language, setLanguage] = useState(Object.keys(snippets)[0]!)
  const code = snippets[language]!({ host: window.location.hostname, port })
  return (
    <section class="card panel">
      <h2>{t.overview.connect}</h2>
      <div class="inline-row">
        <select
          aria-label={t.overview.language}
          value={language}
          onChange={(event) => setLanguage(event.currentTarget.value)}
        >
          {Object.keys(snippets).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <Button icon="copy" onClick={() => copyText(code)}>
          {t.actions.copy}
        </Button>
      </div>
      <ScrollBox class="code" label={t.overview.snippet}>
        <pre>{code}</pre>
      </ScrollBox>
    </section>
  )
}
