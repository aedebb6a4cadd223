import type { ComponentChildren } from 'preact'

/** What may be too wide or too high for the screen, and scrolls by itself; also by keyboard. */
export function ScrollBox(props: { label: string; class: string; children: ComponentChildren }) {
  return (
    <section class={`scroll-box ${props.class}`} tabindex={0} aria-label={props.label}>
      {props.children}
    </section>
  )
}
