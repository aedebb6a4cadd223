/** Texts of alarms and of what happens in the broker. */
export const events = {
  title: 'Alarms and events',
  alarms: 'Alarms',
  noAlarms: 'There is no alarm: memory and disk suffice on every node.',
  log: 'Events',
  logHint: 'What happens while this page is open, in the virtual hosts you may see; the last 1,000.',
  none: 'Nothing has happened yet.',
  noneHint: 'A queue that is declared or a client that connects shows up here.',
  topics: {
    topology: 'Queues, exchanges, bindings',
    connections: 'Connections, channels, consumers',
    definitions: 'Policies and limits',
    users: 'Users and permissions',
  },
  pick: 'Kinds of events',
  columns: { time: 'Time', event: 'Event', name: 'What', vhost: 'Virtual host', user: 'User', details: 'Details' },
  open: (event: string, time: string) => `${event} of ${time}`,
  bound: (source: string, destination: string, key: string) =>
    `${source} → ${destination}${key === '' ? '' : ` with ${key}`}`,
} as const
