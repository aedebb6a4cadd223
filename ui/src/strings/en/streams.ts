/** Texts of the list of streams. */
export const streams = {
  title: 'Streams',
  add: 'Add stream',
  empty: 'There are no streams yet.',
  emptyHint: 'A stream keeps what was published, for any number of readers and as long as its retention says.',
  columns: {
    first: 'First offset',
    last: 'Last offset',
    segments: 'Segments',
    oldest: 'Oldest message',
    readers: 'Readers',
  },
} as const
