import { Refusal } from './refusal.ts'

/** Where a `destination` header leads. */
export type Destination =
  | { readonly kind: 'queue' | 'amqqueue' | 'temp-queue' | 'reply-queue' | 'topic'; readonly name: string }
  | { readonly kind: 'exchange'; readonly name: string; readonly key: string }

const prefixes = '/temp-queue, /exchange, /topic, /queue, /amq/queue, /reply-queue/'

/** Reads a destination whose parts are percent-encoded. Throws a Refusal with RabbitMQ's text. */
export function readDestination(text: string): Destination {
  if (!text.includes('/')) return { kind: 'queue', name: decoded(text) }
  const [first, type, ...rest] = text.split('/')
  if (first === '') {
    switch (type) {
      case 'queue':
      case 'topic':
      case 'temp-queue':
        return named(type, rest)
      case 'exchange':
        return exchange(rest)
      case 'amq':
        if (rest[0] === 'queue') return named('amqqueue', rest.slice(1))
        break
      case 'reply-queue':
        // Opaque: whoever replies gives it back as it came.
        if (rest.length > 0) return { kind: 'reply-queue', name: text.slice('/reply-queue/'.length) }
        break
    }
  }
  const detail = `'${text}' is not a valid destination.\nValid destination types are: ${prefixes}.\n`
  throw new Refusal('Unknown destination', detail)
}

/** The destination that a message came by, as MESSAGE names it. */
export function writeDestination(exchange: string, key: string, topicExchange: string): string {
  if (exchange === '') return `/queue/${encoded(key)}`
  if (exchange === topicExchange) return `/topic/${encoded(key)}`
  return key === '' ? `/exchange/${encoded(exchange)}` : `/exchange/${encoded(exchange)}/${encoded(key)}`
}

/** A queue to reply to, as a destination. What is a destination already stays one. */
export function replyDestination(replyTo: string): string {
  const isDestination = /^\/(temp-queue|exchange|topic|queue|amq\/queue|reply-queue\/)/.test(replyTo)
  return isDestination ? replyTo : `/reply-queue/${replyTo}`
}

function named(kind: 'queue' | 'amqqueue' | 'temp-queue' | 'topic', rest: readonly string[]): Destination {
  const [name] = rest
  if (rest.length !== 1 || name === undefined || name === '') throw invalid(kind, rest)
  return { kind, name: decoded(name) }
}

function exchange(rest: readonly string[]): Destination {
  const [name = '', key = ''] = rest
  if (name === '' || rest.length > 2) throw invalid('exchange', rest)
  return { kind: 'exchange', name: decoded(name), key: decoded(key) }
}

function invalid(kind: string, rest: readonly string[]): Refusal {
  const content = rest.map((part) => `/${part}`).join('')
  return new Refusal('Invalid destination', `'${content}' is not a valid ${kind.replace('-', '_')} destination\n`)
}

/** What is no encoding stands for itself. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function encoded(part: string): string {
  return part.replace(/[%/]|[^ -~]+/gu, encodeURIComponent)
}
