"""Publish/subscribe, the publishing side: tells one log line to whoever listens right now.

    pip install -r examples/python/requirements.txt
    python examples/python/emit_log.py [TEXT]

The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
"""

import os
import sys

import pika

line = " ".join(sys.argv[1:]) or "info: all is well"
url = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")

with pika.BlockingConnection(pika.URLParameters(url)) as connection:
    channel = connection.channel()
    # A fanout exchange copies what it gets to every queue bound to it; the routing key plays no part.
    channel.exchange_declare(exchange="logs", exchange_type="fanout")
    channel.basic_publish(exchange="logs", routing_key="", body=line.encode())
    print(f"told: {line}")
