import type { Actor } from './actor.ts'
import type { Office } from './office.ts'

/** A feature flag as RabbitMQ's tools show it. */
export interface FeatureFlag {
  readonly name: string
  readonly description: string
  readonly state: 'enabled' | 'disabled'
  readonly stability: 'required' | 'stable' | 'experimental'
  readonly providedBy: string
}

const flag = (name: string, description: string): FeatureFlag => ({
  name,
  description,
  state: 'enabled',
  stability: 'required',
  providedBy: 'rabbit',
})

/**
 * The flags of RabbitMQ 4, all enabled: nothing here waits for a cluster of mixed versions. They are there because
 * tools look for them before they use a feature.
 */
const featureFlags: readonly FeatureFlag[] = [
  flag('classic_mirrored_queue_version', 'Support setting version for classic mirrored queues'),
  flag('classic_queue_type_delivery_support', 'Bug fix for classic queue deliveries using mixed versions'),
  flag('detailed_queues_endpoint', 'Add a detailed queues HTTP API endpoint'),
  flag('direct_exchange_routing_v2', 'v2 direct exchange routing implementation'),
  flag('drop_unroutable_metric', 'Count unroutable publishes to be dropped in stats'),
  flag('empty_basic_get_metric', 'Count AMQP `basic.get` on empty queues in stats'),
  flag('feature_flags_v2', 'Feature flags subsystem V2'),
  flag('implicit_default_bindings', 'Default bindings are now implicit, instead of being stored in the database'),
  flag('listener_records_in_ets', 'Store listener records in ETS instead of Mnesia'),
  flag('maintenance_mode_status', 'Maintenance mode status'),
  flag('message_containers', 'Message containers'),
  flag('message_containers_deaths_v2', 'Bug fix for dead letter cycle detection'),
  flag('quorum_queue', 'Support queues of type `quorum`'),
  flag('quorum_queue_non_voters', 'Allows new quorum queue members to be added as non voters initially'),
  flag('rabbit_mqtt_qos0_queue', 'Support pseudo queue type for MQTT QoS 0 subscribers omitting a queue process'),
  flag('restart_streams', 'Support for restarting streams with optional preferred next leader argument'),
  flag('stream_filtering', 'Support for stream filtering'),
  flag('stream_queue', 'Support queues of type `stream`'),
  flag('stream_sac_coordinator_unblock_group', 'Bug fix to unblock a group of consumers in a super stream partition'),
  flag('stream_single_active_consumer', 'Single active consumer for streams'),
  flag('stream_update_config_command', 'A new internal command that is used to update streams as part of a policy'),
  flag('tracking_records_in_ets', 'Store tracking records in ETS instead of Mnesia'),
  flag('user_limits', 'Configure connection and channel limits for a user'),
  flag('virtual_host_metadata', 'Virtual host metadata (description, tags, etc)'),
  flag('rabbitmq_4.0.0', 'Allows rolling upgrades from 3.13.x to 4.0.x'),
  flag('rabbitmq_4.1.0', 'Allows rolling upgrades to 4.1.x'),
  flag('rabbitmq_4.2.0', 'Allows rolling upgrades to 4.2.x'),
  flag('rabbitmq_4.3.0', 'Allows rolling upgrades to 4.3.x'),
]

/** The feature flags, for tools that look. */
export class FeatureFlagAdministration {
  readonly #office: Office

  constructor(office: Office) {
    this.#office = office
  }

  async list(actor: Actor): Promise<readonly FeatureFlag[]> {
    await this.#office.authorize({ operation: 'featureFlags.list', actor, resource: {} })
    return featureFlags
  }

  /** All there are are enabled already; answers whether there is one of that name (`all` is). */
  enable(actor: Actor, name: string): Promise<boolean> {
    const matter = { operation: 'featureFlags.enable', actor, what: `feature flag '${name}'`, resource: {} } as const
    return this.#office.carryOut(matter, () => name === 'all' || featureFlags.some((known) => known.name === name))
  }
}
