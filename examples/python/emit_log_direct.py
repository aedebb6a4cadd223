"""Routing, the publishing side: tells a log line under its severity.

    pip install -r examples/python/requirements.txt
    python examples/python/emit_log_direct.py error "the disk is full"

The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
"""

import os
import sys

import pika

severity = sys.argv[1] if len(sys.argv) > 1 else "info"
line = " ".join(sys.argv[2:]) or "all is well"
url = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")

with pika.BlockingConnection(pika.URLParameters(url)) as connection:
    channel = connection.channel()
    # A direct exchange hands a message to the queues bound with exactly its routing key.
    channel.exchange_declare(exchange="direct_logs", exchange_type="direct")
    channel.basic_publish(exchange="direct_logs", routing_key=severity, body=line.encode())
    print(f"told: [{severity}] {line}")
