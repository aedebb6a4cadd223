"""Drives the application of celery_app.py: starts workers, sends tasks, prints what came of it."""

import os
import signal
import subprocess
import sys
import tempfile
import time

from celery_app import add, app, fails_twice, note, outlives_its_worker, sum_of_sums

DIRECTORY = tempfile.mkdtemp()
WAIT = {"timeout": 60}


def worker(name):
    command = [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "-n", name + "@check", "-c", "2", "-l", "warning"]
    return subprocess.Popen(command, cwd=os.path.dirname(os.path.abspath(__file__)), start_new_session=True)


def until(condition, what):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.1)
    raise SystemExit("waited in vain for " + what)


def answers(name):
    return until(lambda: (app.control.inspect(timeout=1).ping() or {}).get(name + "@check"), name + " to answer a ping")


def say(what):
    print(what, flush=True)


def tasks():
    say("tasks: %d" % sum(add.delay(n, 1).get(**WAIT) for n in range(20)))
    say("retried: %d" % fails_twice.delay(os.path.join(DIRECTORY, "attempts")).get(**WAIT))
    say("countdown: %d" % add.apply_async((40, 2), countdown=0.5).get(**WAIT))
    say("chord: %d" % sum_of_sums(10).apply_async().get(**WAIT))


def remote_control():
    inspect = app.control.inspect(timeout=5)
    queues = [queue["name"] for queue in inspect.active_queues()["first@check"]]
    say("queues: %s" % (queues == [app.conf.task_default_queue]))
    say("registered: %s" % ("celery_app.add" in inspect.registered()["first@check"]))
    say("stats: %s" % (inspect.stats()["first@check"]["broker"]["transport"] == "amqp"))
    answer = app.control.rate_limit("celery_app.add", "100/s", reply=True, timeout=5)
    say("rate limit: %s" % ("ok" in answer[0]["first@check"]))


def killed_worker(first):
    path = os.path.join(DIRECTORY, "mark")
    result = outlives_its_worker.delay(path)
    until(lambda: os.path.exists(path), "the task to begin")
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    second = worker("second")
    answers("second")
    say("killed worker: %s" % result.get(**WAIT))
    return second


def priorities(current):
    """Sent while nobody works, so that the order of work is the broker's."""
    current.terminate()
    current.wait()
    path = os.path.join(DIRECTORY, "order")
    for word, priority in (("low", 1), ("middle", 5), ("high", 9)):
        note.apply_async((path, word), priority=priority)
    command = [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "-n", "third@check", "-c", "1", "-l", "warning"]
    third = subprocess.Popen(command, cwd=os.path.dirname(os.path.abspath(__file__)), start_new_session=True)
    until(lambda: os.path.exists(path) and len(open(path, encoding="ascii").readlines()) == 3, "the three notes")
    say("priorities: %s" % " ".join(line.strip() for line in open(path, encoding="ascii")))
    return third


def main():
    current = worker("first")
    try:
        answers("first")
        tasks()
        remote_control()
        current = killed_worker(current)
        current = priorities(current)
        app.control.purge()
        say("finished")
    finally:
        try:
            os.killpg(current.pid, signal.SIGTERM)
            current.wait(timeout=20)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


if __name__ == "__main__":
    main()
