import { render } from 'preact'
import './styles/all.css'
import { restoreSession } from './data/session.ts'
import { followLocation } from './router/location.ts'
import { App } from './shell/app.tsx'
import { applyTheme } from './shell/theme.ts'

applyTheme()
followLocation()
void restoreSession()
const root = document.querySelector('#app')!
root.replaceChildren()
render(<App />, root)
