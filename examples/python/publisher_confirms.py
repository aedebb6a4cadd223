"""Publisher confirms: sends messages that matter and does not believe they are safe until the broker says so.

    pip install -r examples/python/requirements.txt
    python examples/python/publisher_confirms.py [COUNT]

The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
"""

import os
import sys

import pika
from pika.exceptions import NackError, UnroutableError

url = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")
persistent = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent)


def main(count: int) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        queue = channel.queue_declare(queue="", durable=True, exclusive=True).method.queue
        # From here on basic_publish returns when the broker has the message for good, or raises.
        channel.confirm_delivery()
        confirmed = sum(send(channel, queue, f"careful {number}") for number in range(1, count + 1))
        print(f"confirmed: {confirmed}, refused: {count - confirmed}")
        # A queue that is not there shows what is raised when nobody takes a message.
        if not send(channel, queue + ".not-there", "lost"):
            print("nobody takes messages for a queue that is not there")
        counted = channel.queue_declare(queue=queue, passive=True).method.message_count
        print(f"in the queue: {counted}")


def send(channel, queue: str, body: str) -> bool:
    """Whether the broker took the message."""
    try:
        channel.basic_publish(exchange="", routing_key=queue, body=body.encode(), properties=persistent, mandatory=True)
    except (NackError, UnroutableError):
        return False
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
