/** Lines on a grid of 16 by 16. */
const paths = {
  overview: 'M2 9h4l2-5 3 9 1.5-4H14',
  queue: 'M2 3.5h12v3H2zM2 9.5h8v3H2z',
  stream: 'M2 5c2-2 4-2 6 0s4 2 6 0M2 11c2-2 4-2 6 0s4 2 6 0',
  exchange: 'M2 8h4l4-4h4M6 8l4 4h4M12 2l2 2-2 2M12 10l2 2-2 2',
  topology: 'M3 3h3v3H3zM10 3h3v3h-3zM6.5 10h3v3h-3zM4.5 6v2h7V6M8 8v2',
  connection: 'M6 10a3 3 0 0 1 0-4l2-2a3 3 0 0 1 4 4M10 6a3 3 0 0 1 0 4l-2 2a3 3 0 0 1-4-4',
  channel: 'M2 5h12M2 8h12M2 11h12',
  consumer: 'M8 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 14c0-3 2-4.500 5-4.500s5 1.500 5 4.500',
  tail: 'M3 3h10v10H3zM5.500 6l2 2-2 2M9 10h2',
  admin:
    'M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM8 2v2M8 12v2M2 8h2M12 8h2M3.800 3.800l1.400 1.400M10.800 10.800l1.400 1.400M12.200 3.800l-1.400 1.400M5.200 10.800l-1.400 1.400',
  user: 'M8 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM3 14c0-3 2-4.500 5-4.500s5 1.500 5 4.500',
  vhost: 'M2 4l6-2 6 2-6 2zM2 8l6 2 6-2M2 12l6 2 6-2',
  policy: 'M4 2h6l2 2v10H4zM6 7h4M6 10h4',
  file: 'M4 2h5l3 3v9H4zM9 2v3h3',
  key: 'M10 6a2.500 2.500 0 1 1-2.500 2.500L2 14M4 12l1.500 1.500M6 10l1.500 1.500',
  log: 'M3 4h10M3 7h7M3 10h9M3 13h5',
  bell: 'M4 11V7a4 4 0 0 1 8 0v4l1 1.500H3zM7 14h2',
  pause: 'M5.500 3v10M10.500 3v10',
  play: 'M5 3l8 5-8 5z',
  search: 'M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM10.500 10.500L14 14',
  menu: 'M2 4h12M2 8h12M2 12h12',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.500l3.500 3.500L13 5',
  down: 'M4 6l4 4 4-4',
  up: 'M4 10l4-4 4 4',
  left: 'M10 4L6 8l4 4',
  right: 'M6 4l4 4-4 4',
  minus: 'M3 8h10',
  fit: 'M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3',
  plus: 'M8 3v10M3 8h10',
  trash: 'M3 4.500h10M6 4.500V3h4v1.500M4.500 4.500l.7 9h5.600l.7-9',
  copy: 'M6 6h7v7H6zM10 6V3H3v7h3',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.500v1.500M8 13v1.500M1.500 8H3M13 8h1.500M3.400 3.400l1 1M11.600 11.600l1 1M12.600 3.400l-1 1M4.400 11.600l-1 1',
  warning: 'M8 2l6.500 11.500h-13zM8 6.500v3M8 11.500v.2',
  error: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.500M8 11v.2',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.500V11M8 5v.2',
  ok: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.500 8l2 2 3-3.500',
  send: 'M2 8l12-5-4 11-3-4.500zM7 9.500L14 3',
  refresh: 'M13 8a5 5 0 1 1-1.500-3.500L13 6M13 2.500V6H9.500',
  download: 'M8 2v8M5 7.500L8 10.500l3-3M3 13.500h10',
  more: 'M3 8h.2M8 8h.2M13 8h.2',
} as const

export type IconName = keyof typeof paths

/** A picture beside words; it says nothing itself. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
