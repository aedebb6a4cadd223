import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { withBroker } from '../support/broker.ts'
import { mqttUrl, Subscriber } from '../support/mqtt-client.ts'
import { only } from '../support/target.ts'

const broker = withBroker()
const run = promisify(execFile)

/** Options that skip a test where a program is not there, saying so. */
function needs(program: string, ...arguments_: string[]): { skip?: string } {
  const { error, status } = spawnSync(program, arguments_)
  return error === undefined && status === 0 ? {} : { skip: `${program} ${arguments_.join(' ')} is not there` }
}

const hasMosquitto = needs('sh', '-c', 'command -v mosquitto_pub')
// Where the system's package is, another Python may be first on the path.
const imports = ['-c', 'import paho.mqtt.client']
const python = needs('python3', ...imports).skip === undefined ? 'python3' : '/usr/bin/python3'
const hasPaho = needs(python, ...imports)

describe('MQTT clients of others', only({ lapine: 'another broker need not speak MQTT' }), () => {
  for (const version of ['mqttv31', 'mqttv311', 'mqttv5']) {
    test(`mosquitto_pub and mosquitto_sub, ${version}`, hasMosquitto, async (t) => {
      const { hostname, port } = new URL(mqttUrl(broker))
      const where = ['-V', version, '-h', hostname, '-p', port]
      const other = await Subscriber.open(t, mqttUrl(broker))
      await other.client.subscribeAsync(`mosquitto/${version}/#`, { qos: 2 })
      for (const qos of ['0', '1', '2']) {
        await run('mosquitto_pub', [...where, '-t', `mosquitto/${version}/x`, '-q', qos, '-m', `q${qos}`, '-r'])
      }
      assert.deepEqual(await other.texts(3), ['q0', 'q1', 'q2'])
      const form = ['-F', '%t %q %r %p', '-C', '1']
      const { stdout } = await run('mosquitto_sub', [...where, '-t', `mosquitto/${version}/#`, '-q', '2', ...form])
      assert.equal(stdout, `mosquitto/${version}/x 2 1 q2\n`)
    })
  }

  test('paho-mqtt', hasPaho, async () => {
    const { hostname, port } = new URL(mqttUrl(broker))
    const program = `
import sys, threading
import paho.mqtt.client as mqtt
host, port = sys.argv[1], int(sys.argv[2])
done = threading.Event()
args = (mqtt.CallbackAPIVersion.VERSION1,) if hasattr(mqtt, 'CallbackAPIVersion') else ()
client = mqtt.Client(*args, client_id='paho', clean_session=True)
got = []
def on_message(c, u, m):
    got.append('%s %d %s' % (m.topic, m.qos, m.payload.decode()))
    if len(got) == 3: done.set()
client.on_message = on_message
client.on_subscribe = lambda c, *rest: [c.publish('paho/x', str(q), q) for q in (0, 1, 2)]
client.on_connect = lambda c, *rest: c.subscribe('paho/#', 2)
client.connect(host, port)
client.loop_start()
done.wait(9)
client.loop_stop()
print('|'.join(sorted(got)))
`
    const { stdout } = await run(python, ['-c', program, hostname, port])
    assert.equal(stdout, 'paho/x 0 0|paho/x 1 1|paho/x 2 2\n')
  })
})
