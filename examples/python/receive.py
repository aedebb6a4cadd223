"""Hello world, the receiving side: prints every message of the queue `hello` until Ctrl-C.

    pip install -r examples/python/requirements.txt
    python examples/python/receive.py

The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
"""

import os

import pika

url = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")


def main() -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.queue_declare(queue="hello")
    # auto_ack: a message counts as done the moment it is sent to us.
    channel.basic_consume(queue="hello", on_message_callback=show, auto_ack=True)
    print("waiting for messages, Ctrl-C ends", flush=True)
    channel.start_consuming()


def show(_channel, _method, _properties, body: bytes) -> None:
    print(f"received: {body.decode()}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
