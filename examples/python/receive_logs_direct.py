"""Routing, the listening side: prints log lines of the severities it was given.

    pip install -r examples/python/requirements.txt
    python examples/python/receive_logs_direct.py warning error

The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
"""

import os
import sys

import pika

url = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")


def main(severities: list[str]) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.exchange_declare(exchange="direct_logs", exchange_type="direct")
    queue = channel.queue_declare(queue="", exclusive=True).method.queue
    # One binding for each severity; a queue may have as many as it likes.
    for severity in severities:
        channel.queue_bind(queue=queue, exchange="direct_logs", routing_key=severity)
    channel.basic_consume(queue=queue, on_message_callback=show, auto_ack=True)
    print(f"listening for {', '.join(severities)}, Ctrl-C ends", flush=True)
    channel.start_consuming()


def show(_channel, method, _properties, body: bytes) -> None:
    print(f"heard: [{method.routing_key}] {body.decode()}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("which severities? For example: receive_logs_direct.py warning error")
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        pass
