"""Remote calls, the asking side: asks the server for the factorial of a number and prints the answer.

    pip install -r examples/python/requirements.txt
    python examples/python/rpc_client.py 20

The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
"""

import os
import sys
import uuid

import pika

url = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")


class FactorialClient:
    """Asks one question at a time over a reply queue of its own."""

    def __init__(self, connection: pika.BlockingConnection) -> None:
        self._channel = connection.channel()
        self._replies = self._channel.queue_declare(queue="", exclusive=True).method.queue

    def ask(self, question: str) -> str:
        correlation_id = str(uuid.uuid4())
        self._channel.basic_publish(
            exchange="",
            routing_key="rpc_queue",
            body=question.encode(),
            properties=pika.BasicProperties(reply_to=self._replies, correlation_id=correlation_id),
        )
        # An answer to a question asked earlier is passed over.
        for _method, properties, body in self._channel.consume(self._replies, auto_ack=True):
            if properties.correlation_id == correlation_id:
                self._channel.cancel()
                return body.decode()
        raise ConnectionError("the broker took the reply queue away")


if __name__ == "__main__":
    number = sys.argv[1] if len(sys.argv) > 1 else "20"
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        print(f"asking for {number}!")
        print(f"answer: {FactorialClient(connection).ask(number)}")
