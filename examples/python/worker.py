"""Work queues, the side that does the work. Start several: each takes one task at a time.

Every dot in a task stands for a second of work (SECONDS_PER_DOT sets another length).

    pip install -r examples/python/requirements.txt
    python examples/python/worker.py

The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
"""

import os
import time

import pika

url = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")
seconds_per_dot = float(os.environ.get("SECONDS_PER_DOT", "1"))


def main() -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.queue_declare(queue="task_queue", durable=True)
    # No second task before the first is acknowledged: a busy worker leaves the rest to its colleagues.
    channel.basic_qos(prefetch_count=1)
    channel.basic_consume(queue="task_queue", on_message_callback=work)
    print("waiting for tasks, Ctrl-C ends", flush=True)
    channel.start_consuming()


def work(channel, method, _properties, body: bytes) -> None:
    task = body.decode()
    print(f"working on: {task}", flush=True)
    time.sleep(task.count(".") * seconds_per_dot)
    print(f"done: {task}", flush=True)
    # Only now is the task forgotten. Had we died before, another worker would have got it.
    channel.basic_ack(delivery_tag=method.delivery_tag)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
