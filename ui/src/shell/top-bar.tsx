import { paused } from '../data/live.ts'
import { logOut, session } from '../data/session.ts'
import { useVhosts } from '../data/vhosts.ts'
import { href, setQuery, vhost } from '../router/location.ts'
import { t } from '../strings/strings.ts'
import { Button } from '../widgets/button.tsx'
import { Icon } from '../widgets/icon.tsx'
import { Menu } from '../widgets/menu.tsx'
import { AlarmBell } from './alarm-bell.tsx'
import { openPalette } from './palette.tsx'
import { railOpen } from './rail.tsx'
import { rangeName, ranges } from './range.ts'
import { theme, themes } from './theme.ts'

/** What is the same on every page: where one looks, how far back, and who looks. */
export function TopBar() {
  return (
    <header class="top-bar">
      <span class="narrow-only">
        <Button
          kind="quiet"
          icon="menu"
          label={t.shell.menu}
          expanded={railOpen.value}
          onClick={() => (railOpen.value = !railOpen.value)}
        />
      </span>
      <a class="brand" href={href([])}>
        {t.product}
      </a>
      <VhostPicker />
      <button type="button" class="palette-opener" onClick={openPalette}>
        <Icon name="search" />
        <span class="palette-label">{t.shell.palette}</span> <kbd>Ctrl K</kbd>
      </button>
      <span class="spacer" />
      <select
        class="wide-only"
        aria-label={t.shell.range}
        value={rangeName.value}
        onChange={(event) => setQuery({ range: event.currentTarget.value })}
      >
        {Object.entries(ranges).map(([name, { label }]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
      <Button
        kind="quiet"
        icon={paused.value ? 'play' : 'pause'}
        label={paused.value ? t.shell.resume : t.shell.pause}
        pressed={paused.value}
        onClick={() => (paused.value = !paused.value)}
      />
      <AlarmBell />
      <UserMenu />
    </header>
  )
}

function VhostPicker() {
  const names = useVhosts(vhost.value === undefined ? [] : [vhost.value])
  if (names.length < 2) return null
  return (
    <select
      class="vhost-picker"
      aria-label={t.shell.vhost}
      value={vhost.value ?? ''}
      onChange={(event) => setQuery({ vhost: event.currentTarget.value || undefined, page: undefined })}
    >
      <option value="">{t.shell.allVhosts}</option>
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  )
}

function UserMenu() {
  const { user } = session.value
  return (
    <Menu label={t.shell.user} icon="user" title={user?.name}>
      <p class="menu-head">
        <strong>{user?.name}</strong>
        <span>{user?.tags.join(', ')}</span>
      </p>
      <label class="menu-field">
        <span>{t.shell.theme}</span>
        <select
          value={theme.value}
          onChange={(event) => (theme.value = event.currentTarget.value as typeof theme.value)}
        >
          {themes.map((name) => (
            <option key={name} value={name}>
              {t.shell.themes[name]}
            </option>
          ))}
        </select>
      </label>
      <Button kind="quiet" onClick={logOut}>
        {t.shell.logOut}
      </Button>
    </Menu>
  )
}
