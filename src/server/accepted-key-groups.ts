/** Keys that have no effect here for one reason: prefix, then the last words that may follow it; `$` stands for any name. */
export interface AcceptedGroup {
  /** Completes "accepted, no effect here: ". */
  readonly because: string
  readonly keys: Readonly<Record<string, string>>
}

/** Keys of a `rabbitmq.conf` that RabbitMQ knows and Lapine has no use for, and why. */
export const acceptedGroups: readonly AcceptedGroup[] = [
  {
    because: 'it tunes Erlang, and there is none here',
    keys: {
      '':
        'background_gc_enabled background_gc_target_interval default_worker_pool_size delegate_count ' +
        'hipe_compile memory_monitor_interval net_ticktime ranch_connection_max ' +
        'vm_memory_calculation_strategy',
      'distribution.listener': 'interface',
      'distribution.listener.port_range': 'max min',
      erlang: 'K',
      log: 'error_logger_format_depth summarize_process_state',
      management: 'db_cache_multiplier delegate_count',
      'mqtt.num_acceptors': 'ssl tcp',
      num_acceptors: 'ssl tcp',
      socket_writer: 'gc_threshold',
      'stomp.num_acceptors': 'ssl tcp',
      'stream.num_acceptors': 'ssl tcp',
      'sysmon_handler.thresholds': 'busy_ports busy_processes',
      'sysmon_handler.triggers': 'distribution_port port',
      'sysmon_handler.triggers.process': 'garbage_collection heap_size long_scheduled_execution',
      web_mqtt: 'use_file_handle_cache',
      'web_mqtt.num_acceptors': 'ssl tcp',
      web_stomp: 'use_file_handle_cache',
      'web_stomp.num_acceptors': 'ssl tcp',
    },
  },
  {
    because: 'this node is alone and forms no cluster',
    keys: {
      '':
        'cluster_keepalive_interval cluster_partition_handling consumer_disconnected_timeout ' +
        'mirroring_sync_batch_size mirroring_sync_max_throughput queue_leader_locator ' +
        'queue_master_locator',
      aws: 'prefer_imdsv2',
      cluster_formation:
        'discovery_retry_interval discovery_retry_limit internal_lock_retries lock_retry_limit ' +
        'lock_retry_timeout node_type peer_discovery_backend target_cluster_size_hint',
      'cluster_formation.aws':
        'access_key_id hostname_path instance_tags region secret_key use_autoscaling_group use_private_ip',
      'cluster_formation.aws.ec2_instance_states': '$',
      'cluster_formation.aws.hostname_path': '$',
      'cluster_formation.aws.instance_tags': '$',
      'cluster_formation.classic_config.nodes': '$',
      'cluster_formation.consul':
        'acl_token cluster_name deregister_after domain_suffix host include_nodes_with_warnings ' +
        'lock_prefix lock_timeout lock_wait_time port scheme svc svc_addr svc_addr_auto svc_addr_nic ' +
        'svc_addr_use_nodename svc_id svc_meta svc_port svc_tags svc_ttl use_longname',
      'cluster_formation.consul.svc_meta': '$',
      'cluster_formation.consul.svc_tags': '$',
      'cluster_formation.dns': 'hostname',
      'cluster_formation.etcd':
        'cluster_name endpoints host key_prefix lock_timeout lock_wait_time node_ttl password port scheme ' +
        'username',
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
      'log.mirroring': 'file level',
      'log.mirroring.rotation': 'compress count date size',
      'management.restrictions.quorum_queue_replica_operations': 'disabled',
      quorum_queue: 'initial_cluster_size max_append_entries_rpc_batch_size member_placement_tag',
      'quorum_queue.continuous_membership_reconciliation':
        'auto_remove enabled interval target_group_size trigger_interval',
      'raft.adaptive_failure_detector': 'detection_threshold heartbeat_interval poll_interval scaling_factor',
      'stream.replication': 'address_family',
      'stream.replication.port_range': 'max min',
    },
  },
  {
    because: 'messages and definitions are in a store of another kind',
    keys: {
      '':
        'message_store_shutdown_timeout mnesia_table_loading_retry_limit ' +
        'mnesia_table_loading_retry_timeout prevent_startup_if_node_was_reset ' +
        'queue_index_embed_msgs_below vhost_restart_strategy vm_memory_high_watermark_paging_ratio',
      classic_queue: 'default_version',
      'metadata_store.khepri': 'default_timeout snapshot_interval',
      mqtt: 'retained_message_store retained_message_store_dets_sync_interval subscription_ttl',
      quorum_queue:
        'commands_soft_limit compress_mem_tables compute_checksums segment_compute_checksums ' +
        'segment_max_entries segment_max_size_bytes snapshot_chunk_size wal_compute_checksums ' +
        'wal_max_batch_size wal_max_entries wal_max_size_bytes',
      raft:
        'data_dir segment_max_entries snapshot_chunk_size wal_hibernate_after wal_max_batch_size ' +
        'wal_max_entries wal_max_size_bytes',
      stream: 'data_dir read_ahead read_ahead_limit',
    },
  },
  {
    because: 'there is no federation here',
    keys: {
      'federation.exchanges': 'connection_close_timeout',
      'federation.exchanges.shutdown': 'link_batch_size throttle_delay timeout',
      'federation.queues': 'connection_close_timeout',
      'federation.queues.shutdown': 'link_batch_size throttle_delay timeout',
    },
  },
  {
    because: 'there are no shovels here',
    keys: {
      shovel: 'delete_after_duration_floor operating_mode',
      'shovel.local': 'max_credit',
      'shovel.topology': 'predeclared',
    },
  },
  {
    because: 'the stream protocol is not spoken here; streams are read and written over AMQP',
    keys: {
      stream:
        'advertised_host advertised_port advertised_tls_host advertised_tls_port ' +
        'credits_required_for_unblocking frame_max heartbeat initial_credits initial_frame_max ' +
        'max_connections max_super_stream_partitions max_uncompressed_sub_entry_batch_size ssl_cert_login',
      'stream.listeners': 'ssl tcp',
      'stream.listeners.ssl': '$',
      'stream.listeners.tcp': '$',
    },
  },
  {
    because: 'WebSockets over TLS show the certificate of `ssl_options`',
    keys: {
      'web_mqtt.ssl': 'backlog cacertfile certfile depth keyfile password',
      'web_mqtt.ssl.ciphers': '$',
      'web_mqtt.ssl.versions': '$',
      'web_stomp.ssl': 'backlog cacertfile certfile depth keyfile password',
      'web_stomp.ssl.ciphers': '$',
      'web_stomp.ssl.versions': '$',
    },
  },
  {
    because: 'OpenSSL, as Node.js uses it, makes the safe choice',
    keys: {
      'web_mqtt.ssl':
        'client_renegotiation crl_check honor_cipher_order honor_ecc_order reuse_sessions secure_renegotiate',
      'web_stomp.ssl':
        'client_renegotiation crl_check honor_cipher_order honor_ecc_order reuse_sessions secure_renegotiate',
    },
  },
  {
    because: 'a request for a WebSocket has 16 KiB and the time of `handshake_timeout`, whatever it is made of',
    keys: {
      'web_mqtt.cowboy_opts':
        'idle_timeout max_empty_lines max_header_name_length max_header_value_length max_headers ' +
        'max_keepalive max_request_line_length timeout',
      'web_stomp.cowboy_opts':
        'idle_timeout max_empty_lines max_header_name_length max_header_value_length max_headers ' +
        'max_keepalive max_request_line_length timeout',
    },
  },
  {
    because: 'WebSockets are never compressed',
    keys: { 'web_mqtt.ws_opts': 'compress', 'web_stomp.ws_opts': 'compress' },
  },
  {
    because: 'browsers heed it on pages, and none are served there',
    keys: { 'web_mqtt.hsts': 'policy', 'web_stomp.hsts': 'policy' },
  },
  {
    because: 'AMQP 1.0 is not spoken here',
    keys: {
      '': 'link_max_per_session session_max_per_connection',
      amqp1_0: 'default_user default_vhost protocol_strict_mode',
      event_exchange: 'protocol',
    },
  },
  {
    because: 'certificates are trusted by their authorities, not one by one',
    keys: {
      trust_store: 'directory https_request_timeout refresh_interval url',
      'trust_store.providers': '$',
    },
  },
  {
    because: 'traced messages are read from amq.rabbitmq.trace, and no files are written',
    keys: {
      tracing: 'dir password username',
    },
  },
  {
    because: 'no page here logs in by OAuth 2.0; the HTTP API takes tokens as they are',
    keys: {
      auth_oauth2: 'authorization_endpoint end_session_endpoint token_endpoint',
      'auth_oauth2.oauth_providers.$': 'authorization_endpoint end_session_endpoint token_endpoint',
      management:
        'credential_encryption_secret disable_basic_auth enable_uaa login_session_timeout oauth_client_secret uaa_client_id ' +
        'uaa_location',
      'management.oauth_authorization_endpoint_params': '$',
      'management.oauth_resource_servers.$':
        'disabled id label oauth_client_id oauth_client_secret oauth_initiated_logon_type ' +
        'oauth_metadata_url oauth_provider_url oauth_response_type oauth_scopes',
      'management.oauth_resource_servers.$.oauth_authorization_endpoint_params': '$',
      'management.oauth_resource_servers.$.oauth_token_endpoint_params': '$',
      'management.oauth_token_endpoint_params': '$',
    },
  },
  {
    because: 'every provider is asked with the certificates of auth_oauth2.https, and its host name is verified',
    keys: {
      'auth_oauth2.https': 'hostname_verification peer_verification',
      'auth_oauth2.oauth_providers.$.https': 'cacertfile crl_check depth hostname_verification verify',
    },
  },
  {
    because: 'every TLS listener shows the certificate of ssl_options, or of lapine.server_names',
    keys: {
      'management.ssl':
        'cacertfile certfile client_renegotiation depth fail_if_no_peer_cert honor_cipher_order ' +
        'honor_ecc_order keyfile password reuse_sessions secure_renegotiate verify',
      'management.ssl.ciphers': '$',
      'management.ssl.versions': '$',
      'prometheus.ssl':
        'cacertfile certfile client_renegotiation depth fail_if_no_peer_cert honor_cipher_order ' +
        'honor_ecc_order keyfile password reuse_sessions secure_renegotiate verify',
      'prometheus.ssl.ciphers': '$',
      'prometheus.ssl.versions': '$',
    },
  },
  {
    because: 'how long its connections may wait, and what is compressed, is fixed',
    keys: {
      'management.listener': 'ip port ssl',
      'management.listener.server':
        'compress idle_timeout inactivity_timeout max_keepalive request_timeout shutdown_timeout',
      'management.ssl':
        'backlog compress idle_timeout inactivity_timeout max_connections max_keepalive request_timeout ' +
        'shutdown_timeout',
      'management.tcp':
        'compress idle_timeout inactivity_timeout max_connections max_keepalive request_timeout ' + 'shutdown_timeout',
      'prometheus.ssl':
        'backlog compress idle_timeout inactivity_timeout max_connections max_keepalive request_timeout ' +
        'shutdown_timeout',
      'prometheus.tcp':
        'compress idle_timeout inactivity_timeout listener max_connections max_keepalive request_timeout ' +
        'shutdown_timeout',
    },
  },
  {
    because: 'statistics are taken only while somebody looks, and cost nothing else',
    keys: {
      '': 'collect_statistics collect_statistics_interval',
      management: 'disable_stats enable_queue_totals rates_mode',
      'management.sample_retention_policies.$': '$',
      management_agent: 'disable_metrics_collector filter_aggregated_queue_metrics_pattern',
    },
  },
  {
    because: 'answers of the HTTP API carry the headers Lapine gives them',
    keys: {
      'management.http': 'hide_allow_header',
    },
  },
  {
    because: 'no log of requests is kept; lapine.audit_log tells of changes',
    keys: {
      http_dispatch: 'access_log_dir',
      management: 'http_log_dir',
    },
  },
  {
    because: 'the HTTP API does the same either way',
    keys: {
      management: 'require_auth_for_api_reference',
      'management.definitions': 'require_json_extension',
      'management.restrictions.operator_policy_changes': 'disabled',
    },
  },
  {
    because: 'the HTTP API asks the backends of auth_backends',
    keys: {
      'http_dispatch.auth_backends': '$',
      'http_dispatch.auth_backends.$': 'authn authz',
    },
  },
  {
    because: 'messages are not changed on their way in',
    keys: {
      'channel_interceptor.priorities': '$',
      'message_interceptors.$.$': '$',
      'mqtt.message_interceptors.$.$': '$',
    },
  },
  {
    because: 'there is one way to do it here',
    keys: {
      auth_cache: 'cache_module',
      auth_ldap: 'idle_timeout servers',
    },
  },
  {
    because: "standard output is the journal's where systemd runs the broker: log.console",
    keys: {
      log: 'journald',
      'log.journald': 'fields level',
    },
  },
  {
    because: 'every line of a longer message is a line of its own, there too',
    keys: {
      'log.syslog': 'multiline_mode',
    },
  },
  {
    because: 'clients without a name log in as anonymous_login_user says',
    keys: {
      mqtt: 'default_pass default_user',
    },
  },
  {
    because: 'names are taken from certificates as ssl_cert_login_from says',
    keys: {
      mqtt: 'ssl_cert_login_san_index ssl_cert_login_san_type',
    },
  },
  {
    because: 'peers are told by their addresses',
    keys: {
      '': 'reverse_dns_lookups',
    },
  },
  {
    because: 'SSL 3 is not spoken at all',
    keys: {
      '': 'ssl_allow_poodle_attack',
    },
  },
  {
    because: 'the banner has no message of the day',
    keys: {
      '': 'motd_file',
    },
  },
  {
    because: 'redeclarations are compared in full',
    keys: {
      'quorum_queue.property_equivalence': 'relaxed_checks_on_redeclaration',
    },
  },
  {
    because: 'the number of parameters is not limited',
    keys: {
      'runtime_parameters.limits': '$',
    },
  },
  {
    because: 'mirroring of classic queues is no more, in RabbitMQ 4 neither',
    keys: {
      'default_policies.operator.$.classic_queues': 'ha_mode ha_params ha_sync_mode queue_version',
    },
  },
  {
    because: 'origins are named one by one, as allow_origins.NAME',
    keys: {
      'management.cors': 'allow_origins',
      web_mqtt: 'allow_origins',
      web_stomp: 'allow_origins',
    },
  },
]
