/** The commands of RabbitMQ's tools, by the tool they belong to: those of 3.10 to 4.3, also where a version has dropped one. */
export const rabbitmqCommands: Readonly<Record<string, string>> = {
  rabbitmqctl: `
    autocomplete help version await_startup reset rotate_logs shutdown start_app stop stop_app wait await_online_nodes
    change_cluster_node_type cluster_status force_boot force_reset force_standalone_khepri_boot forget_cluster_node join_cluster
    rename_cluster_node update_cluster_nodes cancel_sync_queue sync_queue add_user authenticate_user change_password clear_password
    clear_user_limits delete_user hash_password list_user_limits list_users set_user_limits set_user_tags clear_permissions
    clear_topic_permissions list_permissions list_topic_permissions list_user_permissions list_user_topic_permissions list_vhosts
    set_permissions set_permissions_globally set_topic_permissions list_bindings list_channels list_ciphers list_connections
    list_consumers list_exchanges list_hashes list_node_auth_attempt_stats list_queues list_unresponsive_queues ping report
    schema_info status clear_global_parameter clear_parameter list_global_parameters list_parameters set_global_parameter
    set_parameter clear_operator_policy clear_policy list_operator_policies list_policies set_operator_policy set_policy add_vhost
    clear_vhost_limits delete_vhost list_vhost_limits reconcile_vhosts restart_vhost set_vhost_limits set_vhost_tags
    update_vhost_metadata enable_vhost_deletion_protection disable_vhost_deletion_protection trace_off trace_on decode encode
    decrypt_conf_value encrypt_conf_value environment set_cluster_name set_disk_free_limit set_log_level
    set_vm_memory_high_watermark export_definitions import_definitions enable_feature_flag list_feature_flags
    list_deprecated_features close_all_connections close_all_user_connections close_connection eval eval_file exec force_gc
    resume_listeners suspend_listeners delete_queue purge_queue hipe_compile node_health_check activate_free_disk_space_monitoring
    deactivate_free_disk_space_monitoring disable_free_disk_space_monitoring enable_free_disk_space_monitoring
    remove_classic_queue_mirroring_from_policies list_amqp10_connections list_mqtt_connections list_stomp_connections
    list_web_mqtt_connections list_web_stomp_connections decommission_mqtt_node clear_auth_backend_cache shovel_status
    delete_shovel restart_shovel federation_status restart_federation_link`,
  'rabbitmq-diagnostics': `
    alarms certificates check_alarms check_certificate_expiration check_for_quorum_queues_without_an_elected_leader
    check_if_any_deprecated_features_are_used check_if_cluster_has_classic_queue_mirroring_policy
    check_if_metadata_store_is_initialized check_if_metadata_store_is_initialized_with_data check_if_node_is_mirror_sync_critical
    check_if_node_is_quorum_critical check_local_alarms check_port_connectivity check_port_listener check_protocol_listener
    check_running check_virtual_hosts cipher_suites command_line_arguments consistent_hash_exchange_ring_state consume_event_stream
    disable_auth_attempt_source_tracking discover_peers enable_auth_attempt_source_tracking erlang_cookie_hash
    erlang_cookie_sources erlang_version is_booting is_running list_network_interfaces list_policies_that_match listeners
    log_location log_tail log_tail_stream maybe_stuck memory_breakdown message_size_stats metadata_store_status observer os_env
    remote_shell reset_node_auth_attempt_metrics resolve_hostname resolver_info runtime_thread_stats server_version tls_versions`,
  'rabbitmq-plugins': 'directories disable enable is_enabled list set',
  'rabbitmq-queues': `
    add_member check_if_new_quorum_queue_replicas_have_finished_initial_sync delete_member force_checkpoint grow grow_to_count
    leader_health_check list_operator_policies_with_classic_queue_mirroring list_policies_with_classic_queue_mirroring
    member_with_highest_index peek quorum_status rebalance reclaim_quorum_memory shrink transfer_leadership`,
  'rabbitmq-streams': `
    activate_stream_consumer add_replica add_super_stream coordinator_status delete_replica delete_super_stream
    list_stream_connections list_stream_consumer_groups list_stream_consumers list_stream_group_consumers list_stream_publishers
    list_stream_tracking reset_offset restart_stream set_stream_retention_policy stream_status`,
  'rabbitmq-upgrade': 'await_online_quorum_plus_one await_online_synchronized_mirror drain post_upgrade revive',
}
