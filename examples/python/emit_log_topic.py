"""Topics, the publishing side: tells a log line under a key of words such as `kernel.critical`.

    pip install -r examples/python/requirements.txt
    python examples/python/emit_log_topic.py kernel.critical "out of memory"

The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
"""

import os
import sys

import pika

key = sys.argv[1] if len(sys.argv) > 1 else "anonymous.info"
line = " ".join(sys.argv[2:]) or "all is well"
url = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")

with pika.BlockingConnection(pika.URLParameters(url)) as connection:
    channel = connection.channel()
    channel.exchange_declare(exchange="topic_logs", exchange_type="topic")
    channel.basic_publish(exchange="topic_logs", routing_key=key, body=line.encode())
    print(f"told: [{key}] {line}")
