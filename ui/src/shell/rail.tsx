import { signal } from '@preact/signals'
import { preference } from '../data/preference.ts'
import { hasTag } from '../data/session.ts'
import type { Page } from '../pages/page.ts'
import { pages } from '../pages/table.ts'
import { href, location } from '../router/location.ts'
import { t } from '../strings/strings.ts'
import { Button } from '../widgets/button.tsx'
import { Icon } from '../widgets/icon.tsx'

/** Whether the rail shows pictures only. */
const folded = preference('rail-folded', false)

/** Whether the rail covers the page, on narrow screens. */
export const railOpen = signal(false)

/** All pages that are not reached through others. */
export function Rail() {
  const shown = pages.filter(({ rail, tag }) => rail !== undefined && (tag === undefined || hasTag(tag)))
  const admin = shown.filter(({ rail }) => rail?.group === 'admin')
  return (
    <>
      {railOpen.value && (
        <button type="button" class="scrim" aria-label={t.actions.close} onClick={() => (railOpen.value = false)} />
      )}
      <nav
        id="rail"
        class={`rail ${folded.value ? 'folded' : ''} ${railOpen.value ? 'open' : ''}`}
        aria-label={t.shell.navigation}
      >
        <ul>
          {shown
            .filter(({ rail }) => rail?.group !== 'admin')
            .map((page) => (
              <RailLink key={page.path} page={page} />
            ))}
        </ul>
        {admin.length > 0 && (
          <>
            <h2>{t.shell.admin}</h2>
            <ul>
              {admin.map((page) => (
                <RailLink key={page.path} page={page} />
              ))}
            </ul>
          </>
        )}
        <div class="rail-foot">
          <Button
            kind="quiet"
            icon={folded.value ? 'right' : 'left'}
            label={folded.value ? t.shell.expand : t.shell.collapse}
            onClick={() => (folded.value = !folded.value)}
          />
        </div>
      </nav>
    </>
  )
}

function RailLink({ page }: { readonly page: Page }) {
  const { path } = location.value
  const isCurrent = page.path === '/' ? path === '/' : path === page.path || path.startsWith(`${page.path}/`)
  return (
    <li>
      <a
        href={href(page.path.split('/').filter((segment) => segment !== ''))}
        aria-current={isCurrent ? 'page' : undefined}
        title={page.title}
        onClick={() => (railOpen.value = false)}
      >
        <Icon name={page.rail!.icon} />
        <span>{page.title}</span>
      </a>
    </li>
  )
}
