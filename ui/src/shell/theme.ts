import { effect } from '@preact/signals'
import { preference } from '../data/preference.ts'

/** `system` follows what the operating system says. */
export const themes = ['system', 'light', 'dark', 'contrast'] as const
export type Theme = (typeof themes)[number]

/** The theme the user chose. */
export const theme = preference<Theme>('theme', 'system', (value) => themes.includes(value as Theme))

/** Keeps the page in the theme that was chosen. */
export function applyTheme(): void {
  effect(() => {
    const root = document.documentElement
    if (theme.value === 'system') delete root.dataset.theme
    else root.dataset.theme = theme.value
  })
}
