import type { ComponentChildren } from 'preact'

/** A short word about a thing. Colour is never all that says it. */
export function Badge(props: {
  kind?: 'plain' | 'ok' | 'warn' | 'danger'
  title?: string
  children: ComponentChildren
}) {
  return (
    <span class={`badge ${props.kind ?? 'plain'}`} title={props.title}>
      {props.children}
    </span>
  )
}
