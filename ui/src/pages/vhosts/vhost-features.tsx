import type { VhostEntry } from '../../data/administration.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'

/** What is special about a virtual host. */
export function VhostFeatures({ vhost }: { readonly vhost: VhostEntry }) {
  const texts = t.admin.vhosts
  return (
    <span class="badges">
      {vhost.tracing && <Badge kind="warn">{texts.tracingBadge}</Badge>}
      {vhost.protected_from_deletion && <Badge>{texts.protectedBadge}</Badge>}
    </span>
  )
}
