import type { OpenTelemetrySettings } from '../plugins/opentelemetry/plugin.ts'
import { fraction, httpUrl, text } from './conf-value.ts'
import { type AnySettingRow, setting, settingFamily } from './setting-row.ts'
import type { SettingsDraft } from './settings.ts'

/** Without an endpoint there is nothing of it. */
export type OpenTelemetryRows = Omit<OpenTelemetrySettings, 'endpoint'> & { readonly endpoint: string | undefined }

export const openTelemetryRows: readonly AnySettingRow[] = [
  setting(
    'lapine.opentelemetry.endpoint',
    httpUrl,
    {
      meaning:
        'Collector that spans of messages are sent to, by OTLP over HTTP: `http://localhost:4318`. None by default.',
    },
    (draft, endpoint) => change(draft, { endpoint }),
  ),
  settingFamily(
    'lapine.opentelemetry.headers.$name',
    text,
    { meaning: 'Headers of the requests to it, such as `authorization`.' },
    (draft, values) => change(draft, { headers: Object.fromEntries(values) }),
  ),
  setting(
    'lapine.opentelemetry.service_name',
    text,
    { default: 'lapine', meaning: 'Name the broker has in traces.' },
    (draft, serviceName) => change(draft, { serviceName: serviceName! }),
  ),
  setting(
    'lapine.opentelemetry.sample_ratio',
    fraction(0, 1),
    { default: '0', meaning: 'Of messages that come without a trace, the share that begins one.' },
    (draft, ratio) => change(draft, { ratio: ratio! }),
  ),
]

function change(draft: SettingsDraft, changes: Partial<OpenTelemetryRows>): void {
  draft.openTelemetry = { ...draft.openTelemetry, ...changes }
}
