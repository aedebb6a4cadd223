"""Remote calls, the answering side: computes factorials for whoever asks by the queue `rpc_queue`.

    pip install -r examples/python/requirements.txt
    python examples/python/rpc_server.py

The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
"""

import math
import os

import pika

url = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")


def main() -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.queue_declare(queue="rpc_queue")
    # Several servers share the work evenly when each holds one request at a time.
    channel.basic_qos(prefetch_count=1)
    channel.basic_consume(queue="rpc_queue", on_message_callback=answer)
    print("waiting for questions, Ctrl-C ends", flush=True)
    channel.start_consuming()


def answer(channel, method, request: pika.BasicProperties, body: bytes) -> None:
    question = body.decode()
    result = answer_to(question)
    print(f"asked for {question}!, answering {result}", flush=True)
    # The correlation id lets the client tell which of its questions this answers.
    reply = pika.BasicProperties(correlation_id=request.correlation_id)
    channel.basic_publish(exchange="", routing_key=request.reply_to, body=result.encode(), properties=reply)
    channel.basic_ack(delivery_tag=method.delivery_tag)


def answer_to(question: str) -> str:
    if not (question.isdecimal() and int(question) <= 1000):
        return "that is no number I can work with"
    return str(math.factorial(int(question)))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
