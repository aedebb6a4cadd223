/** Settings of a broker at which nothing knocks: every protocol that would listen by itself is told not to. */
export const noListeners: string = [
  ...['listeners', 'mqtt.listeners', 'stomp.listeners'].map((key) => `${key}.tcp = none`),
  ...['management', 'prometheus', 'web_mqtt', 'web_stomp'].map((key) => `${key}.tcp.port = none`),
].join('\n')
