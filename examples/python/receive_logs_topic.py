"""Topics, the listening side: prints log lines whose key matches one of the patterns.

In a pattern `*` stands for one word and `#` for any number of them.

    pip install -r examples/python/requirements.txt
    python examples/python/receive_logs_topic.py "kernel.*" "*.critical"

The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
"""

import os
import sys

import pika

url = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")


def main(patterns: list[str]) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.exchange_declare(exchange="topic_logs", exchange_type="topic")
    queue = channel.queue_declare(queue="", exclusive=True).method.queue
    for pattern in patterns:
        channel.queue_bind(queue=queue, exchange="topic_logs", routing_key=pattern)
    channel.basic_consume(queue=queue, on_message_callback=show, auto_ack=True)
    print(f"listening for {', '.join(patterns)}, Ctrl-C ends", flush=True)
    channel.start_consuming()


def show(_channel, method, _properties, body: bytes) -> None:
    print(f"heard: [{method.routing_key}] {body.decode()}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit('which keys? For example: receive_logs_topic.py "kernel.*" "*.critical"')
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        pass
