"""Hello world, the sending side: puts one message into the queue `hello`.

    pip install -r examples/python/requirements.txt
    python examples/python/send.py [TEXT]

The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
"""

import os
import sys

import pika

text = " ".join(sys.argv[1:]) or "Hello World!"
url = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")

with pika.BlockingConnection(pika.URLParameters(url)) as connection:
    channel = connection.channel()
    # Sender and receiver both declare the queue, so it does not matter who starts first.
    channel.queue_declare(queue="hello")
    # The exchange with the empty name hands a message to the queue named by the routing key.
    channel.basic_publish(exchange="", routing_key="hello", body=text.encode())
    print(f"sent: {text}")
