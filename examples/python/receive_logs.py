"""Publish/subscribe, the listening side: prints every log line told from now on. Start several.

    pip install -r examples/python/requirements.txt
    python examples/python/receive_logs.py

The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
"""

import os

import pika

url = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")


def main() -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.exchange_declare(exchange="logs", exchange_type="fanout")
    # A queue for this program alone: the broker makes up its name, and deletes it when we are gone.
    queue = channel.queue_declare(queue="", exclusive=True).method.queue
    channel.queue_bind(queue=queue, exchange="logs")
    channel.basic_consume(queue=queue, on_message_callback=show, auto_ack=True)
    print("listening for logs, Ctrl-C ends", flush=True)
    channel.start_consuming()


def show(_channel, _method, _properties, body: bytes) -> None:
    print(f"heard: {body.decode()}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
