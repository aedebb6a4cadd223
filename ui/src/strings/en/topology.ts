import { plural } from './shell.ts'

/** Texts of the picture of what leads where. */
export const topology = {
  title: 'Topology',
  lead: (vhost: string, exchanges: number, queues: number, bindings: number) =>
    `Virtual host ${vhost}: ${plural(exchanges, 'exchange')} and ${plural(queues, 'queue')} with ${plural(bindings, 'binding')}.`,
  grouped: (nodes: number) =>
    `${plural(nodes, 'thing')} are too many for one picture: those whose names begin alike stand together. Choose one to open it.`,
  more: (count: number) => `${count.toLocaleString('en')} more`,
  groups: 'Groups',
  closeGroups: 'Close all groups',
  tabs: { picture: 'Picture', list: 'List' },
  views: 'How it is shown',
  none: 'There is nothing to draw here yet.',
  noneHint: 'Exchanges that were declared, queues, and what is bound to what will be drawn here.',
  canvas: (nodes: number) => `Picture of ${plural(nodes, 'thing')}; the tab List says the same in words`,
  keysHint: 'Drag or use the arrow keys to move, the wheel or + and − to zoom, 0 to see all.',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  fit: 'See all',
  mermaid: 'Export as Mermaid',
  kinds: { exchange: 'Exchange', queue: 'Queue', consumers: 'Consumers' },
  edges: { binding: 'Binding', 'dead-letter': 'Dead letters', alternate: 'Unroutable', consume: 'Consumers' },
  route: 'Way of the message',
  legend: 'What the colours and lines mean',
  members: (count: number, kind: string) => `${count.toLocaleString('en')} × ${kind.toLowerCase()}`,
  messages: (count: string) => `${count} msg`,
  consumers: (count: number) => plural(count, 'consumer'),
  openGroup: (name: string) => `Open the group ${name}`,
  columns: { kind: 'What', name: 'Name', to: 'Leads to', from: 'Comes from', messages: 'Messages' },
  keyed: (name: string, keys: readonly string[]) => {
    const told = keys.filter((key) => key !== '')
    if (told.length === 0) return name
    return `${name} (${told.slice(0, 3).join(', ')}${told.length > 3 ? ', …' : ''})`
  },
  simulator: {
    title: 'Where would a message go?',
    lead: 'Nothing is published.',
    exchange: 'Exchange',
    key: 'Routing key',
    headers: 'Headers as JSON',
    submit: 'Show the way',
    clear: 'Clear',
    nowhere: 'No queue would take it. With mandatory it would be returned, else dropped.',
    reached: (count: number) => `It would reach ${plural(count, 'queue')}.`,
    by: (source: string, key: string, more: string) =>
      `${source} takes it by the binding with the key “${key}”${more === '' ? '' : ` and ${more}`}.`,
    byName: 'The default exchange takes it by the name of the queue.',
    otherwise: 'An exchange that chooses by itself takes it there.',
    deadLetters: (exchange: string, key: string) =>
      `If it is rejected or expires there, it goes to ${exchange || 'the default exchange'} with the key “${key}”.`,
    noConsumer: 'Nobody consumes from it: the message would wait.',
    missed: (count: number) => `${plural(count, 'binding')} on its way ${count === 1 ? 'does' : 'do'} not fit`,
    missedOne: (source: string, destination: string, key: string) => `${source} → ${destination}: “${key}”`,
    unpredictable: (names: string) =>
      `${names}: chooses by chance or by what was before, so what lies behind is not known.`,
  },
} as const
