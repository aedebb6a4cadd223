import { useMemo, useState } from 'preact/hooks'
import type { Selection } from './data-table.tsx'

/** Which rows are selected; they stay so while one pages and filters. */
export function useSelection(): Selection {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set())
  return useMemo(
    (): Selection => ({
      keys,
      toggle: (key) => {
        const next = new Set(keys)
        if (!next.delete(key)) next.add(key)
        setKeys(next)
      },
      set: (all) => setKeys(new Set(all)),
    }),
    [keys],
  )
}
