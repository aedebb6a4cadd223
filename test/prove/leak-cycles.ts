import { contentBody, contentHeader, type Login, method, WireClient } from '../support/wire-client.ts'
import { greet, logIn, logInWithChannel, startOk } from '../support/wire-login.ts'

/** One round of coming, doing and going; `number` makes its names its own. */
export type LeakCycle = (login: Login, number: number) => Promise<void>

/** Everything that comes and goes; a new kind of object is a new row. */
export const leakCycles: Readonly<Record<string, LeakCycle>> = {
  'a connection that does everything and says goodbye': async (login) => {
    const client = await logInWithChannel(login)
    await everything(client, 1)
    await client.call(1, 'channel.close')
    await client.call(0, 'connection.close')
    await client.closed()
  },
  'a connection that does everything and vanishes': async (login) => {
    const client = await logInWithChannel(login)
    await everything(client, 1)
    client.socket.resetAndDestroy()
    await client.closed()
  },
  'many channels of one connection': async (login) => {
    const client = await logIn(login)
    for (let channel = 1; channel <= 50; channel++) {
      await client.call(channel, 'channel.open')
      if (channel % 10 === 0) await everything(client, channel)
      await client.call(channel, 'channel.close')
    }
    client.destroy()
    await client.closed()
  },
  'durable queues and bindings': async (login, number) => {
    const client = await logInWithChannel(login)
    const queue = `leak-${number}`
    const exchange = `leak-${number}`
    await client.call(1, 'exchange.declare', { exchange, type: 'topic', durable: true })
    await client.call(1, 'queue.declare', { queue, durable: true })
    await client.call(1, 'queue.bind', { queue, exchange, routingKey: `a.*.${number}.#` })
    client.publish(1, { exchange, routingKey: `a.b.${number}` }, 'kept', Buffer.from([0x10, 0, 2]))
    await client.call(1, 'queue.unbind', { queue, exchange, routingKey: `a.*.${number}.#` })
    await client.call(1, 'queue.delete', { queue })
    await client.call(1, 'exchange.delete', { exchange })
    client.destroy()
    await client.closed()
  },
  'errors of channels and connections': async (login, number) => {
    const client = await logInWithChannel(login)
    client.send(1, 'queue.declare', { queue: `nobody-${number}`, passive: true })
    await client.expect('channel.close')
    client.send(1, 'channel.close-ok')
    await client.call(1, 'channel.open')
    client.send(1, 'basic.consume', { queue: `nobody-${number}` })
    await client.expect('channel.close')
    client.send(9, 'basic.ack', { deliveryTag: 1 })
    await client.expect('connection.close')
    client.send(0, 'connection.close-ok')
    await client.closed()
  },
  'transactions, confirms and replies': async (login) => {
    const client = await logInWithChannel(login)
    await client.call(1, 'tx.select')
    client.publish(1, { routingKey: 'nowhere' }, 'never committed')
    await client.call(1, 'tx.rollback')
    await client.call(2, 'channel.open')
    await client.call(2, 'confirm.select')
    client.publish(2, { routingKey: 'nowhere' }, 'confirmed')
    await client.expect('basic.ack')
    await client.call(2, 'basic.consume', { queue: 'amq.rabbitmq.reply-to', noAck: true })
    client.write(method(2, 'basic.publish', { routingKey: 'half' }), contentHeader(2, 1e6), contentBody(2, 'a bit'))
    client.destroy()
    await client.closed()
  },
  'logins that fail or end half-way': async (login) => {
    const { client } = await greet(login)
    startOk(client, { ...login, password: 'wrong' })
    await client.expect('connection.close')
    client.destroy()
    await client.closed()
    const silent = await WireClient.connect(login)
    silent.write(Buffer.from('AMQ'))
    silent.destroy()
    await silent.closed()
  },
}

/** Declares, binds, consumes, publishes, is delivered and acknowledges. */
async function everything(client: WireClient, channel: number): Promise<void> {
  await client.call(channel, 'basic.qos', { prefetchCount: 10 })
  const { fields } = await client.call(channel, 'queue.declare', { exclusive: true })
  const queue = fields.queue as string
  await client.call(channel, 'queue.bind', { queue, exchange: 'amq.topic', routingKey: `leak.${queue}.*` })
  await client.call(channel, 'basic.consume', { queue })
  client.publish(channel, { exchange: 'amq.topic', routingKey: `leak.${queue}.x` }, 'there and back')
  const delivery = await client.expect('basic.deliver')
  await client.next()
  await client.next()
  client.send(channel, 'basic.ack', { deliveryTag: delivery.fields.deliveryTag as number })
  client.publish(channel, { exchange: 'amq.topic', routingKey: `leak.${queue}.x` }, 'left behind')
  await client.expect('basic.deliver')
  await client.next()
  await client.next()
}
