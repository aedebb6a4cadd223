import { t } from '../../strings/strings.ts'

/** What the colours and lines of the picture mean; it takes its colours from here. */
export function Legend() {
  const { kinds, edges } = t.topology
  return (
    <ul class="legend topology-legend" aria-label={t.topology.legend}>
      {(
        [
          ['1', kinds.exchange],
          ['4', kinds.queue],
          ['3', kinds.consumers],
          ['2', t.topology.route],
        ] as const
      ).map(([series, title]) => (
        <li key={series}>
          <span class={`swatch series-${series}`} />
          {title}
        </li>
      ))}
      <li>
        <span class="swatch dashed" />
        {edges['dead-letter']}, {edges.alternate.toLowerCase()}
      </li>
    </ul>
  )
}
