"""Publishes to a broker that is short of something; prints why it is blocked, as JSON."""

import json
import sys

import pika

connection = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
reasons = []
connection.add_on_connection_blocked_callback(lambda _connection, frame: reasons.append(frame.method.reason))
connection.channel().basic_publish("amq.fanout", "any", b"x")
while not reasons:
    connection.process_data_events(time_limit=1)
print(json.dumps(["blocked", reasons]))
