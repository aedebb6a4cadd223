import type { JsonObject } from './listing.ts'

const announcement = 'https://blog.rabbitmq.com/posts/2021/08/4.0-deprecation-announcements/'

const feature = (name: string, state: 'permitted' | 'denied', phase: string, url = ''): JsonObject => ({
  name,
  state,
  desc: '',
  deprecation_phase: phase,
  doc_url: url,
  provided_by: name === 'management_metrics_collection' ? 'rabbitmq_management_agent' : 'rabbit',
})

/** What RabbitMQ 4 is about to give up, and whether it can be used here. */
export const deprecatedFeatures: readonly JsonObject[] = [
  feature('queue_master_locator', 'denied', 'denied_by_default'),
  feature('global_qos', 'permitted', 'denied_by_default', `${announcement}#removal-of-global-qos`),
  feature('amqp_filter_set_bug', 'denied', 'denied_by_default'),
  feature('amqp_address_v1', 'denied', 'denied_by_default', 'https://www.rabbitmq.com/docs/amqp#addresses'),
  feature('management_metrics_collection', 'permitted', 'permitted_by_default'),
  feature(
    'transient_nonexcl_queues',
    'permitted',
    'permitted_by_default',
    `${announcement}#removal-of-transient-non-exclusive-queues`,
  ),
  feature('classic_queue_mirroring', 'denied', 'removed', `${announcement}#removal-of-classic-queue-mirroring`),
  feature('ram_node_type', 'denied', 'removed', `${announcement}#removal-of-ram-nodes`),
]
