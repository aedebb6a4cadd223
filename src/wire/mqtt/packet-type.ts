/** The control packets (MQTT 5 §2.1.2) by number; 0 is forbidden. */
export const packetTypes = [
  'reserved',
  'connect',
  'connack',
  'publish',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
  'subscribe',
  'suback',
  'unsubscribe',
  'unsuback',
  'pingreq',
  'pingresp',
  'disconnect',
  'auth',
] as const
export type PacketType = (typeof packetTypes)[number]

/** The number of a packet's type. */
export function packetTypeNumber(type: PacketType): number {
  return packetTypes.indexOf(type)
}

/** Protocol levels: 3.1, 3.1.1 and 5.0. */
export type ProtocolLevel = 3 | 4 | 5
