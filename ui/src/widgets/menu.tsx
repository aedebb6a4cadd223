import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from './button.tsx'
import type { IconName } from './icon.tsx'

interface MenuProps {
  readonly label: string
  readonly icon?: IconName
  /** Shown beside the picture on wide screens. */
  readonly title?: string | undefined
  readonly children: ComponentChildren
}

/** A button that opens a small sheet below it; Escape, a click elsewhere or leaving it with Tab closes it. */
export function Menu({ label, icon, title, children }: MenuProps) {
  const [open, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return
    const closeOutside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false)
    }
    const closeByKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      setOpen(false)
      box.current?.querySelector('button')?.focus()
    }
    document.addEventListener('pointerdown', closeOutside)
    document.addEventListener('focusin', closeOutside)
    document.addEventListener('keydown', closeByKey)
    return () => {
      document.removeEventListener('pointerdown', closeOutside)
      document.removeEventListener('focusin', closeOutside)
      document.removeEventListener('keydown', closeByKey)
    }
  }, [open])
  return (
    <div class="menu" ref={box}>
      <Button
        kind="quiet"
        icon={icon}
        label={title === undefined ? label : `${label} ${title}`}
        expanded={open}
        onClick={() => setOpen(!open)}
      >
        {title}
      </Button>
      {open && <div class="menu-sheet card">{children}</div>}
    </div>
  )
}
