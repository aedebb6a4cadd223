/**
 * Keys of a `rabbitmq.conf` that RabbitMQ knows and Lapine has no use for (yet): a file written for RabbitMQ must be
 * taken as it is. `$` stands for any name. Each entry: prefix, then the last words that may follow it.
 * Loaded only when a key is met that the table of settings does not have.
 */
const keysByPrefix: Readonly<Record<string, string>> = {
  '':
    'background_gc_enabled background_gc_target_interval ' +
    'cluster_keepalive_interval cluster_partition_handling collect_statistics ' +
    'collect_statistics_interval consumer_disconnected_timeout ' +
    'default_worker_pool_size delegate_count hipe_compile link_max_per_session ' +
    'memory_monitor_interval message_store_shutdown_timeout mirroring_sync_batch_size ' +
    'mirroring_sync_max_throughput mnesia_table_loading_retry_limit mnesia_table_loading_retry_timeout ' +
    'motd_file net_ticktime prevent_startup_if_node_was_reset ' +
    'queue_index_embed_msgs_below queue_leader_locator queue_master_locator ranch_connection_max ' +
    'reverse_dns_lookups session_max_per_connection ssl_allow_poodle_attack ' +
    'total_memory_available_override_value vhost_restart_strategy vm_memory_calculation_strategy ' +
    'vm_memory_high_watermark_paging_ratio',
  amqp1_0: 'default_user default_vhost protocol_strict_mode',
  auth_cache: 'cache_module',
  auth_ldap: 'idle_timeout servers',
  auth_oauth2: 'authorization_endpoint end_session_endpoint token_endpoint',
  'auth_oauth2.https': 'hostname_verification peer_verification',
  'auth_oauth2.oauth_providers.$': 'authorization_endpoint end_session_endpoint token_endpoint',
  'auth_oauth2.oauth_providers.$.https': 'cacertfile crl_check depth hostname_verification verify',
  aws: 'prefer_imdsv2',
  'channel_interceptor.priorities': '$',
  classic_queue: 'default_version',
  cluster_formation:
    'discovery_retry_interval discovery_retry_limit internal_lock_retries lock_retry_limit lock_retry_timeout ' +
    'node_type peer_discovery_backend target_cluster_size_hint',
  'cluster_formation.aws':
    'access_key_id hostname_path instance_tags region secret_key use_autoscaling_group use_private_ip',
  'cluster_formation.aws.ec2_instance_states': '$',
  'cluster_formation.aws.hostname_path': '$',
  'cluster_formation.aws.instance_tags': '$',
  'cluster_formation.classic_config.nodes': '$',
  'cluster_formation.consul':
    'acl_token cluster_name deregister_after domain_suffix host include_nodes_with_warnings lock_prefix ' +
    'lock_timeout lock_wait_time port scheme svc svc_addr svc_addr_auto svc_addr_nic svc_addr_use_nodename ' +
    'svc_id svc_meta svc_port svc_tags svc_ttl use_longname',
  'cluster_formation.consul.svc_meta': '$',
  'cluster_formation.consul.svc_tags': '$',
  'cluster_formation.dns': 'hostname',
  'cluster_formation.etcd':
    'cluster_name endpoints host key_prefix lock_timeout lock_wait_time node_ttl password port scheme ' + 'username',
  'cluster_formation.etcd.endpoints': '$',
  'cluster_formation.k8s':
    'address_type cert_path host hostname_suffix namespace_path ordinal_start port scheme seed_node ' +
    'service_name token_path',
  'cluster_formation.k8s.tls': 'cacertfile certfile fail_if_no_peer_cert keyfile verify',
  'cluster_formation.node_cleanup': 'interval only_log_warning',
  'cluster_formation.proxy': 'http_proxy https_proxy',
  'cluster_formation.proxy.proxy_exclusions': '$',
  'cluster_formation.randomized_startup_delay_range': 'max min',
  'cluster_formation.registration': 'enabled',
  'cluster_partition_handling.pause_if_all_down': 'recover',
  'cluster_partition_handling.pause_if_all_down.nodes': '$',
  cluster_tags: '$',
  'default_limits.vhosts.$': 'max_connections max_queues pattern',
  'default_policies.operator.$':
    'apply_to delivery_limit expires max_in_memory_bytes max_in_memory_length max_length max_length_bytes ' +
    'message_ttl queue_pattern vhost_pattern',
  'default_policies.operator.$.classic_queues': 'ha_mode ha_params ha_sync_mode queue_version',
  'default_users.$': 'configure password read tags vhost_pattern write',
  'definitions.hashing': 'algorithm',
  'definitions.https': 'url',
  'distribution.listener': 'interface',
  'distribution.listener.port_range': 'max min',
  erlang: 'K',
  event_exchange: 'protocol',
  'exchange_types.local_random': 'enabled',
  'federation.exchanges': 'connection_close_timeout',
  'federation.exchanges.shutdown': 'link_batch_size throttle_delay timeout',
  'federation.queues': 'connection_close_timeout',
  'federation.queues.shutdown': 'link_batch_size throttle_delay timeout',
  http_dispatch: 'access_log_dir',
  'http_dispatch.auth_backends': '$',
  'http_dispatch.auth_backends.$': 'authn authz',
  log: 'error_logger_format_depth exchange journald summarize_process_state syslog',
  'log.channel': 'file',
  'log.channel.rotation': 'compress count date size',
  'log.connection': 'file',
  'log.connection.rotation': 'compress count date size',
  'log.console': 'use_colors',
  'log.console.color_esc_seqs': 'alert critical debug emergency error info notice warning',
  'log.console.formatter': 'level_format single_line time_format',
  'log.console.formatter.json': 'field_map verbosity_map',
  'log.console.formatter.plaintext': 'format',
  'log.default.rotation': 'compress count date size',
  'log.exchange': 'formatter level',
  'log.exchange.formatter': 'level_format single_line time_format',
  'log.exchange.formatter.json': 'field_map verbosity_map',
  'log.exchange.formatter.plaintext': 'format',
  'log.federation': 'file',
  'log.federation.rotation': 'compress count date size',
  'log.file.formatter': 'level_format single_line time_format',
  'log.file.formatter.json': 'field_map verbosity_map',
  'log.file.formatter.plaintext': 'format',
  'log.file.rotation': 'compress count date size',
  'log.journald': 'fields level',
  'log.mirroring': 'file level',
  'log.mirroring.rotation': 'compress count date size',
  'log.queue': 'file',
  'log.queue.rotation': 'compress count date size',
  'log.ra': 'file',
  'log.ra.rotation': 'compress count date size',
  'log.syslog': 'facility formatter host identity ip level multiline_mode port protocol transport',
  'log.syslog.formatter': 'level_format single_line time_format',
  'log.syslog.formatter.json': 'field_map verbosity_map',
  'log.syslog.formatter.plaintext': 'format',
  'log.upgrade': 'file',
  'log.upgrade.rotation': 'compress count date size',
  'log.user': 'file',
  'log.user.rotation': 'compress count date size',
  management:
    'credential_encryption_secret db_cache_multiplier delegate_count disable_basic_auth disable_stats ' +
    'enable_queue_totals enable_uaa http_log_dir login_session_timeout oauth_client_id ' +
    'oauth_client_secret oauth_disable_basic_auth oauth_enabled oauth_initiated_logon_type oauth_metadata_url ' +
    'oauth_provider_url oauth_response_type oauth_scopes rates_mode ' +
    'require_auth_for_api_reference uaa_client_id uaa_location',
  'management.cors': 'allow_origins max_age',
  'management.cors.allow_origins': '$',
  'management.csp': 'policy',
  'management.definitions': 'require_json_extension',
  'management.headers': 'content_type_options frame_options referrer_policy xss_protection',
  'management.hsts': 'policy',
  'management.http': 'hide_allow_header',
  'management.listener': 'ip port ssl',
  'management.listener.server':
    'compress idle_timeout inactivity_timeout max_keepalive request_timeout shutdown_timeout',
  'management.oauth_authorization_endpoint_params': '$',
  'management.oauth_resource_servers.$':
    'disabled id label oauth_client_id oauth_client_secret oauth_initiated_logon_type oauth_metadata_url ' +
    'oauth_provider_url oauth_response_type oauth_scopes',
  'management.oauth_resource_servers.$.oauth_authorization_endpoint_params': '$',
  'management.oauth_resource_servers.$.oauth_token_endpoint_params': '$',
  'management.oauth_token_endpoint_params': '$',
  'management.restrictions.operator_policy_changes': 'disabled',
  'management.restrictions.quorum_queue_replica_operations': 'disabled',
  'management.sample_retention_policies.$': '$',
  'management.ssl':
    'backlog cacertfile certfile client_renegotiation compress depth fail_if_no_peer_cert honor_cipher_order ' +
    'honor_ecc_order idle_timeout inactivity_timeout keyfile max_connections max_keepalive password ' +
    'request_timeout reuse_sessions secure_renegotiate shutdown_timeout verify',
  'management.ssl.ciphers': '$',
  'management.ssl.versions': '$',
  'management.tcp':
    'compress idle_timeout inactivity_timeout max_connections max_keepalive request_timeout shutdown_timeout',
  management_agent: 'disable_metrics_collector filter_aggregated_queue_metrics_pattern',
  'message_interceptors.$.$': '$',
  'metadata_store.khepri': 'default_timeout snapshot_interval',
  mqtt:
    'default_pass default_user retained_message_store retained_message_store_dets_sync_interval ' +
    'ssl_cert_login_san_index ssl_cert_login_san_type subscription_ttl',
  'mqtt.message_interceptors.$.$': '$',
  'mqtt.num_acceptors': 'ssl tcp',
  node_tags: '$',
  num_acceptors: 'ssl tcp',
  prometheus: 'filter_aggregated_queue_metrics_pattern',
  'prometheus.ssl':
    'backlog cacertfile certfile client_renegotiation compress depth fail_if_no_peer_cert honor_cipher_order ' +
    'honor_ecc_order idle_timeout inactivity_timeout keyfile max_connections max_keepalive password ' +
    'request_timeout reuse_sessions secure_renegotiate shutdown_timeout verify',
  'prometheus.ssl.ciphers': '$',
  'prometheus.ssl.versions': '$',
  'prometheus.tcp':
    'compress idle_timeout inactivity_timeout listener max_connections max_keepalive request_timeout ' +
    'shutdown_timeout',
  'queue_types.classic': 'enabled',
  'queue_types.quorum': 'enabled',
  'queue_types.stream': 'enabled',
  quorum_queue:
    'commands_soft_limit compress_mem_tables compute_checksums initial_cluster_size ' +
    'max_append_entries_rpc_batch_size member_placement_tag segment_compute_checksums segment_max_entries ' +
    'segment_max_size_bytes snapshot_chunk_size wal_compute_checksums wal_max_batch_size wal_max_entries ' +
    'wal_max_size_bytes',
  'quorum_queue.continuous_membership_reconciliation':
    'auto_remove enabled interval target_group_size trigger_interval',
  'quorum_queue.property_equivalence': 'relaxed_checks_on_redeclaration',
  raft:
    'data_dir segment_max_entries snapshot_chunk_size wal_hibernate_after wal_max_batch_size wal_max_entries ' +
    'wal_max_size_bytes',
  'raft.adaptive_failure_detector': 'detection_threshold heartbeat_interval poll_interval scaling_factor',
  'runtime_parameters.limits': '$',
  shovel: 'delete_after_duration_floor operating_mode',
  'shovel.local': 'max_credit',
  'shovel.topology': 'predeclared',
  socket_writer: 'gc_threshold',
  'stomp.num_acceptors': 'ssl tcp',
  stream:
    'advertised_host advertised_port advertised_tls_host advertised_tls_port credits_required_for_unblocking ' +
    'data_dir frame_max heartbeat initial_credits initial_frame_max max_connections ' +
    'max_super_stream_partitions max_uncompressed_sub_entry_batch_size read_ahead read_ahead_limit ' +
    'ssl_cert_login',
  'stream.listeners': 'ssl tcp',
  'stream.listeners.ssl': '$',
  'stream.listeners.tcp': '$',
  'stream.num_acceptors': 'ssl tcp',
  'stream.replication': 'address_family',
  'stream.replication.port_range': 'max min',
  'sysmon_handler.thresholds': 'busy_ports busy_processes',
  'sysmon_handler.triggers': 'distribution_port port',
  'sysmon_handler.triggers.process': 'garbage_collection heap_size long_scheduled_execution',
  tracing: 'dir password username',
  trust_store: 'directory https_request_timeout refresh_interval url',
  'trust_store.providers': '$',
  web_mqtt: 'allow_origins max_connections proxy_protocol use_file_handle_cache ws_path',
  'web_mqtt.allow_origins': '$',
  'web_mqtt.cowboy_opts':
    'idle_timeout max_empty_lines max_header_name_length max_header_value_length max_headers max_keepalive ' +
    'max_request_line_length timeout',
  'web_mqtt.hsts': 'policy',
  'web_mqtt.num_acceptors': 'ssl tcp',
  'web_mqtt.ssl':
    'backlog cacertfile certfile client_renegotiation crl_check depth honor_cipher_order honor_ecc_order ip ' +
    'keyfile listener password port reuse_sessions secure_renegotiate',
  'web_mqtt.ssl.ciphers': '$',
  'web_mqtt.ssl.versions': '$',
  'web_mqtt.tcp': 'backlog ip listener port',
  'web_mqtt.ws_opts': 'compress idle_timeout max_frame_size',
  web_stomp: 'allow_origins max_connections port proxy_protocol use_file_handle_cache use_http_auth ws_frame ws_path',
  'web_stomp.allow_origins': '$',
  'web_stomp.cowboy_opts':
    'idle_timeout max_empty_lines max_header_name_length max_header_value_length max_headers max_keepalive ' +
    'max_request_line_length timeout',
  'web_stomp.hsts': 'policy',
  'web_stomp.num_acceptors': 'ssl tcp',
  'web_stomp.ssl':
    'backlog cacertfile certfile client_renegotiation crl_check depth honor_cipher_order honor_ecc_order ip ' +
    'keyfile listener password port reuse_sessions secure_renegotiate',
  'web_stomp.ssl.ciphers': '$',
  'web_stomp.ssl.versions': '$',
  'web_stomp.tcp': 'backlog ip listener port',
  'web_stomp.ws_opts': 'compress idle_timeout max_frame_size',
}

/** Options of TLS that have no effect anywhere. */
const idleTlsOptions =
  'bypass_pem_cache cacerts.$ cert client_renegotiation crl_sources.$ crl_sources.$.timeout dh dhfile ' +
  'honor_ecc_order hostname_verification key.DSAPrivateKey key.PrivateKeyInfo key.RSAPrivateKey log_alert ' +
  'log_level psk_identity reuse_session reuse_sessions secure_renegotiate'

/** What may follow any prefix of `tlsPrefixes`. */
const tlsOptions =
  `${idleTlsOptions} cacertfile certfile ciphers.$ crl_check crl_sources.$.path depth fail_if_no_peer_cert ` +
  'honor_cipher_order keyfile password sni verify versions.$'

/** What has no effect where we are the client. */
const idleClientOptions =
  'ciphers.$ crl_check crl_sources.$.path depth fail_if_no_peer_cert honor_cipher_order versions.$'

/** Services of authentication, which have rows of their own. */
const authPrefixes = ['auth_http.ssl_options', 'auth_ldap.ssl_options', 'auth_oauth2.https']

const tlsPrefixes = [
  'cluster_formation.consul.ssl_options',
  'cluster_formation.etcd.ssl_options',
  'trust_store.ssl_options',
  'definitions.tls',
  'log.syslog.ssl_options',
  'management.listener.ssl_opts',
  'amqp10_client.ssl_options',
  'amqp_client.ssl_options',
]

/** Options of sockets that have no effect anywhere. */
const idleSocketOptions =
  'buffer delay_send dontroute exit_on_close fd high_msgq_watermark high_watermark linger.on linger.timeout ' +
  'low_msgq_watermark low_watermark port priority recbuf send_timeout send_timeout_close sndbuf tos'

/** What may follow any prefix of `socketPrefixes`. */
const socketOptions = `${idleSocketOptions} backlog keepalive nodelay`

const socketPrefixes = ['stream.tcp_listen_options']

/** Where some of them mean something. */
const idleSocketPrefixes = ['tcp_listen_options', 'mqtt.tcp_listen_options', 'stomp.tcp_listen_options']

const patterns: readonly (readonly string[])[] = [
  ...Object.entries(keysByPrefix).flatMap(([prefix, words]) => joined(prefix, words)),
  ...['ssl_options', ...joinedTexts('ssl_options', `${idleTlsOptions} sni`)].map(split),
  ...authPrefixes
    .flatMap((prefix) => [prefix, ...joinedTexts(prefix, `${idleTlsOptions} ${idleClientOptions}`)])
    .map(split),
  ...idleSocketPrefixes.flatMap((prefix) => [prefix, ...joinedTexts(prefix, idleSocketOptions)]).map(split),
  ...tlsPrefixes.flatMap((prefix) => [prefix, ...joinedTexts(prefix, tlsOptions)]).map(split),
  ...socketPrefixes.flatMap((prefix) => [prefix, ...joinedTexts(prefix, socketOptions)]).map(split),
]

function joinedTexts(prefix: string, words: string): string[] {
  return words.split(' ').map((word) => (prefix === '' ? word : `${prefix}.${word}`))
}

function joined(prefix: string, words: string): string[][] {
  return joinedTexts(prefix, words).map(split)
}

function split(key: string): string[] {
  return key.split('.')
}

/** Whether RabbitMQ (or one of its plug-ins) has a setting of this key. */
export function isAcceptedKey(key: readonly string[]): boolean {
  return patterns.some(
    (pattern) => pattern.length === key.length && pattern.every((word, index) => word === '$' || word === key[index]),
  )
}

/** The key of Lapine's own that `key` is most likely a misspelling of. */
export function nearestKey(key: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(key.length / 5))
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(key, candidate) }))
    .sort((a, b) => a.distance - b.distance)
  return ranked[0] !== undefined && ranked[0].distance <= limit ? ranked[0].candidate : undefined
}

/** Letters to insert, delete or replace to get from one text to the other. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replaced = previous[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1))
    }
    previous = current
  }
  return previous[to.length]!
}
