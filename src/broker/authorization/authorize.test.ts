import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { declare, openCore } from '../../../test/support/core.ts'
import { emptyTable } from '../../std/table.ts'
import { type Actor, operator, unrestricted } from '../administration/actor.ts'
import { ClientAccess } from '../client-access.ts'
import { Fault } from '../fault.ts'
import { authorize } from './authorize.ts'
import { type Operation, operations } from './operations.ts'

const peer = { address: 'test', ip: 'test', loopback: true }
const nobody = { name: 'nobody', tags: [] }

/** Methods of an Access that ask for nothing anybody could be refused. */
const unasked = ['constructor', 'isCurrent', 'publish', 'updateSecret', 'openChannel', 'closeChannel', 'close']

/** The operation each method of an Access is authorized as. */
const operationsOfAccess: Readonly<Record<string, Operation>> = {
  declareExchange: 'exchange.declare',
  checkExchange: 'exchange.check',
  deleteExchange: 'exchange.delete',
  bindExchange: 'exchange.bind',
  unbindExchange: 'exchange.unbind',
  declareQueue: 'queue.declare',
  checkQueue: 'queue.check',
  alterQueue: 'queue.declare',
  deleteQueue: 'queue.delete',
  purgeQueue: 'queue.purge',
  pauseQueue: 'queue.pause',
  bindQueue: 'queue.bind',
  unbindQueue: 'queue.unbind',
  address: 'basic.publish',
  enqueue: 'basic.consume',
  consume: 'basic.consume',
  consumeReplies: 'basic.consume',
  mayConsume: 'basic.consume',
  get: 'basic.get',
}

function methodsOf(thing: object): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(thing))
    .filter(([, { value }]) => typeof value === 'function')
    .map(([name]) => name)
}

describe('authorize', () => {
  it('refuses an operation that no row permits, whoever asks', () => {
    const subject = { user: { name: 'root', tags: ['administrator'] }, authorizer: unrestricted }
    for (const operation of ['queues.burn', 'toString', '__proto__', 'constructor']) {
      assert.throws(() => authorize(operation as Operation, subject, {} as never), Fault)
    }
  })

  it('refuses every operation to somebody without tags and permissions', () => {
    for (const operation of Object.keys(operations) as Operation[]) {
      const about = { queue: 'q', exchange: 'x', source: 'x', target: 'x', topicKey: 'k', owner: 'somebody' }
      const subject = { user: nobody, authorizer: undefined }
      assert.throws(() => authorize(operation, subject, about as never), Fault, operation)
    }
  })

  it('is asked by every method of an Access, each as an operation of its own', () => {
    const methods = methodsOf(ClientAccess.prototype).filter((name) => !unasked.includes(name))
    assert.deepEqual(methods.sort(), Object.keys(operationsOfAccess).sort())
  })

  it('is asked by every method of an Access before anything else is done', async () => {
    const { broker, access } = await openCore()
    const { permissions, users } = broker.administration
    const admin = root(await broker.authenticate({ user: 'guest', password: 'guest', peer }))
    await users.put(admin, 'nobody', { password: { password: 'x' }, tags: [] })
    await permissions.set(admin, 'nobody', '/', { configure: '^$', write: '^$', read: '^$' })
    await declare(access, 'q')
    const user = await broker.authenticate({ user: 'nobody', password: 'x', peer })
    const refused = await broker.access(user, '/', { name: 'test' })
    // Each method finds of these what it asks for.
    const about = { name: 'q', source: 'amq.direct', destination: 'amq.fanout', arguments: emptyTable, routingKey: '' }
    const open: string[] = []
    for (const method of Object.keys(operationsOfAccess)) {
      const given = method.endsWith('Exchange') ? { ...about, name: 'amq.direct' } : { ...about, destination: 'q' }
      const byName = !['declare', 'bind', 'unbind'].some((verb) => method.startsWith(verb))
      const first = byName ? (method === 'address' || method === 'checkExchange' ? 'amq.direct' : 'q') : given
      // It answers the question instead of refusing.
      if (method === 'mayConsume') assert.equal(await refused.mayConsume('q'), false)
      else if (!(await isRefusedTo(refused, method, first, emptyTable))) open.push(method)
    }
    assert.deepEqual(open, [])
  })

  it('is asked by every method of the administration, under its name', async () => {
    const { broker } = await openCore()
    await broker.administration.users.put(root(await login()), 'nobody', { password: { password: 'x' }, tags: [] })
    const actor = operator(await broker.authenticate({ user: 'nobody', password: 'x', peer }), 'test')
    const missing: string[] = []
    const open: string[] = []
    for (const [room, thing] of Object.entries(broker.administration)) {
      if (typeof thing === 'function') continue
      for (const method of methodsOf(Object.getPrototypeOf(thing))) {
        // What the broker itself asks.
        if (method === 'constructor' || `${room}.${method}` === 'vhosts.limits') continue
        if (!(`${room}.${method}` in operations)) missing.push(`${room}.${method}`)
        if (!(await isRefused(thing, method, actor))) open.push(`${room}.${method}`)
      }
    }
    assert.deepEqual({ missing, open }, { missing: [], open: [] })

    async function login() {
      return broker.authenticate({ user: 'guest', password: 'guest', peer })
    }
  })
})

function root(user: Parameters<typeof operator>[0]): Actor {
  return operator(user, 'test')
}

/** Whether the method refuses an actor, whatever else it is given. */
function isRefused(room: object, method: string, actor: Actor): Promise<boolean> {
  return isRefusedTo(room, method, actor, { user: 'guest', vhost: '/', component: 'c', name: 'n' }, '/', {})
}

async function isRefusedTo(thing: object, method: string, ...values: unknown[]): Promise<boolean> {
  const call = (thing as Record<string, (...values: unknown[]) => unknown>)[method]!.bind(thing)
  try {
    await call(...values)
    return false
  } catch (error) {
    if (error instanceof Fault) return error.kind === 'access-refused'
    throw error
  }
}
