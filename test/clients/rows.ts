/** What a client library saw. */
type Row = readonly [what: string, seen: unknown]

/** What is refused and settled, as RabbitMQ 3.10.8 shows it to every client. */
export const ruleRows: readonly Row[] = [
  [
    'negative ttl',
    [406, "PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue 'bad' in vhost '/': {value_negative,-1}"],
  ],
  [
    'text as ttl',
    [
      406,
      "PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue 'bad' in vhost '/': \"expected integer, got longstr\"",
    ],
  ],
  ['zero expires', [406, "PRECONDITION_FAILED - invalid arg 'x-expires' for queue 'bad' in vhost '/': {value_zero,0}"]],
  ['overflow', [406, "PRECONDITION_FAILED - invalid arg 'x-overflow' for queue 'bad' in vhost '/': invalid_overflow"]],
  [
    'priority',
    [406, "PRECONDITION_FAILED - invalid arg 'x-max-priority' for queue 'bad' in vhost '/': {max_value_exceeded,256}"],
  ],
  [
    'key without exchange',
    [
      406,
      "PRECONDITION_FAILED - invalid arg 'x-dead-letter-routing-key' for queue 'bad' in vhost '/': routing_key_but_no_dlx_defined",
    ],
  ],
  ['missing queue', [404, "NOT_FOUND - no queue 'none' in vhost '/'"]],
  ['missing exchange', [404, "NOT_FOUND - no exchange 'none' in vhost '/'"]],
  ['reserved queue', [403, "ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'"]],
  ['reserved exchange', [403, "ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'"]],
  ['default exchange', [403, 'ACCESS_REFUSED - operation not permitted on the default exchange']],
  ['system exchange', [403, "ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost '/' not allowed"]],
  [
    'inequivalent',
    [
      406,
      "PRECONDITION_FAILED - inequivalent arg 'auto_delete' for queue 'q' in vhost '/': received 'false' but current is 'true'",
    ],
  ],
  [
    'locked',
    [
      405,
      "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'locked' in vhost '/'. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.",
    ],
  ],
  ['acknowledged twice', [406, 'PRECONDITION_FAILED - unknown delivery tag 1']],
  ['prefetch size', [540, 'NOT_IMPLEMENTED - prefetch_size!=0 (1)']],
  ['returned', [312, 'NO_ROUTE']],
  ['full', 'nack'],
  ['priorities', ['5', '3', '1']],
  ['dead', ['bad', 'rejected', 1, 'rejected']],
  ['requeued in order', ['1', '2', '3']],
  ['deleted twice', [0, 0]],
  ['before the commit', 0],
  ['transaction', ['committed']],
  ['cancelled', ['mine']],
]

/** How messages travel and end, as RabbitMQ 3.10.8 shows it to every client. */
export const deliveryRows: readonly Row[] = [
  ['prefetch', [['1', '2'], 1, 1]],
  ['prefetch after an acknowledgement', '3'],
  ['redelivered', [true, 1]],
  ['exclusive consumer', [403, "ACCESS_REFUSED - queue 'shared' in vhost '/' in exclusive use"]],
  ['locked for others', [405, 405, 405, 405, 405]],
  ['expired by itself', ['message', 'expired', '1', null]],
  ['expired by its queue', ['queue', 'expired', null, null]],
  ['expired by a policy', ['policy', 'expired', null, null]],
  ['dropped', ['1', 'maxlen', null, null]],
  ['unused', [404, "NOT_FOUND - no queue 'unused' in vhost '/'"]],
  ['most bytes', ['67890', 'abcde', 0]],
  [
    'headers',
    [
      ['both', 0],
      ['both', 'one', 0],
    ],
  ],
  ['topic', ['a.b', 'a.b.c.d', 'a..c', 0]],
  ['alternate exchange', [['astray', 0], []]],
  ['exchange to exchange', ['once', 0]],
  ['blind copy', [['CC'], true, 1, 1]],
  ['reply address', [true, 1]],
  ['direct reply', ['answer']],
  ['reply with acknowledgements', [406, 'PRECONDITION_FAILED - reply consumer cannot acknowledge']],
  ['internal exchange', [403, "ACCESS_REFUSED - cannot publish to internal exchange 'inside' in vhost '/'"]],
  ['no such exchange', [404, "NOT_FOUND - no exchange 'none' in vhost '/'"]],
  [
    'foreign user',
    [406, "PRECONDITION_FAILED - user_id property set to 'somebody' but authenticated user was 'guest'"],
  ],
  ['bad expiration', [406, "PRECONDITION_FAILED - invalid expiration 'soon': no_integer"]],
  ['bad copies', [406, 'PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"CC",longstr}']],
  ['single active consumer', ['one', 'one', 'two']],
  ['consumer priority', ['high', 'high', 'high']],
  ['confirmed', ['Ack', 1000]],
]
