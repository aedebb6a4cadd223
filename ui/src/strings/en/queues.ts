/** Texts of the list of queues. */
export const queues = {
  title: 'Queues',
} as const
