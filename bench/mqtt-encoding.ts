/** Packets of MQTT 3.1.1 as clients write them; shares nothing with Lapine's. */

/** A CONNECT with the user `guest`. */
export function mqttConnect(identifier: string, options: { clean: boolean; keepAliveSeconds: number }): Buffer {
  const flags = 0xc0 | (options.clean ? 2 : 0)
  const head = Buffer.concat([field('MQTT'), Buffer.from([4, flags]), short(options.keepAliveSeconds)])
  return packet(0x10, [head, field(identifier), field('guest'), field('guest')])
}

/** A SUBSCRIBE to one filter. */
export function mqttSubscribe(filter: string, qos: 0 | 1): Buffer {
  return packet(0x82, [short(1), field(filter), Buffer.from([qos])])
}

/** A PUBLISH of QoS 0. */
export function mqttPublish(topic: string, payload: Buffer): Buffer {
  return packet(0x30, [field(topic), payload])
}

export const mqttPing = Buffer.from([0xc0, 0])

/** Bytes of a CONNACK, and of a SUBACK for one filter. */
export const connackBytes = 4
export const subackBytes = 5

function short(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff])
}

function field(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([short(bytes.length), bytes])
}

function packet(first: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const size: number[] = []
  let rest = body.length
  do {
    const low = rest & 0x7f
    rest >>>= 7
    size.push(rest > 0 ? low | 0x80 : low)
  } while (rest > 0)
  return Buffer.concat([Buffer.from([first, ...size]), body])
}
