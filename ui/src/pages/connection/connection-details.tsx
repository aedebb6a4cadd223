import { type Connection, libraryOf } from '../../data/connection.ts'
import { bytes, count } from '../../format/numbers.ts'
import { dateTime } from '../../format/times.ts'
import { t } from '../../strings/strings.ts'
import { FactList } from '../../widgets/fact-list.tsx'

/** What was agreed with a client, and what it says of itself. */
export function ConnectionDetails({ connection: one }: { readonly connection: Connection }) {
  const { details: texts } = t.clients
  return (
    <div class="columns two">
      <section class="card panel">
        <h2>{t.clients.connectionTabs.details}</h2>
        <FactList
          facts={[
            [texts.client, libraryOf(one) || '–'],
            [texts.name, one.name],
            [texts.peer, `${one.peer_host}:${one.peer_port}`],
            [texts.host, `${one.host}:${one.port}`],
            [texts.auth, one.auth_mechanism],
            [texts.connected, one.connected_at === null ? '–' : dateTime(one.connected_at)],
            [texts.heartbeat, t.clients.seconds(one.timeout)],
            [texts.frameMax, bytes(one.frame_max)],
            [texts.channelMax, one.channel_max === 0 ? t.clients.unlimited : count(one.channel_max)],
            [texts.traffic, t.clients.fromTo(bytes(one.recv_oct), bytes(one.send_oct))],
            [texts.pending, bytes(one.send_pend)],
            [texts.tls, one.ssl ? [one.ssl_protocol, one.ssl_cipher].join(' ') : t.clients.plain],
            ...(one.peer_cert_subject === null
              ? []
              : [[texts.certificate, `${one.peer_cert_subject} (${one.peer_cert_validity})`] as const]),
          ]}
        />
      </section>
      <section class="card panel">
        <h2>{texts.properties}</h2>
        <pre class="code" tabindex={0}>
          {JSON.stringify(one.client_properties ?? {}, null, 2)}
        </pre>
      </section>
    </div>
  )
}
