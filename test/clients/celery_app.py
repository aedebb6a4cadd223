"""The tasks of a small Celery application, as its workers and its callers load it."""

import os
import time

from celery import Celery, chord, group

app = Celery(
    "lapine_check",
    broker=os.environ["CELERY_BROKER"],
    backend=os.environ["CELERY_BACKEND"],
)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_default_queue=os.environ["CELERY_QUEUE"],
    task_queue_max_priority=10,
    task_default_priority=5,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"confirm_publish": True},
    event_queue_expires=60,
    result_expires=300,
)


@app.task
def add(a, b):
    return a + b


@app.task
def total(numbers):
    return sum(numbers)


@app.task(bind=True, max_retries=3)
def fails_twice(self, path):
    """Says how often it was tried: the first two attempts ask for another."""
    with open(path, "a", encoding="ascii") as attempts:
        attempts.write(".")
    tried = os.path.getsize(path)
    if tried < 3:
        raise self.retry(countdown=0.2)
    return tried


@app.task
def note(path, word):
    with open(path, "a", encoding="ascii") as notes:
        notes.write(word + "\n")


@app.task(bind=True)
def outlives_its_worker(self, path):
    """The first worker that takes it is killed while it holds the task; the second one finishes it."""
    if self.request.delivery_info["redelivered"]:
        return "done by the second"
    with open(path, "w", encoding="ascii") as mark:
        mark.write(str(os.getppid()))
    time.sleep(60)
    return "not killed"


def sum_of_sums(count):
    return chord(group(add.s(n, n) for n in range(count)), total.s())
