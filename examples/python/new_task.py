"""Work queues, the side that has work to give: puts one task into the queue `task_queue`.

Every dot in the text stands for a second of work.

    pip install -r examples/python/requirements.txt
    python examples/python/new_task.py "resize the photo..."

The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
"""

import os
import sys

import pika

task = " ".join(sys.argv[1:]) or "resize the photo..."
url = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")

with pika.BlockingConnection(pika.URLParameters(url)) as connection:
    channel = connection.channel()
    # A durable queue and a persistent message: both are needed for a task to survive a restart of the broker.
    channel.queue_declare(queue="task_queue", durable=True)
    persistent = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent)
    channel.basic_publish(exchange="", routing_key="task_queue", body=task.encode(), properties=persistent)
    print(f"new task: {task}")
