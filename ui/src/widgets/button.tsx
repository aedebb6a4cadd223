import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icon.tsx'

interface ButtonProps {
  readonly children?: ComponentChildren
  /** `plain` by default; `quiet` has no frame. */
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet'
  readonly icon?: IconName | undefined
  /** What it is called where it shows nothing but a picture. */
  readonly label?: string | undefined
  readonly disabled?: boolean | undefined
  readonly submit?: boolean
  readonly pressed?: boolean | undefined
  readonly expanded?: boolean | undefined
  readonly onClick?: ((event: MouseEvent) => void) | undefined
}

/** A verb and its object. */
export function Button(props: ButtonProps) {
  const { children, kind = 'plain', icon, label, submit = false } = props
  return (
    <button
      type={submit ? 'submit' : 'button'}
      class={`button ${kind} ${children === undefined ? 'bare' : ''}`}
      aria-label={label}
      title={label}
      disabled={props.disabled}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      onClick={props.onClick}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  )
}
