"""Walks the rules an application relies on with pika; prints what it saw, one JSON line for each."""

import json
import sys

import pika
from pika.exceptions import ChannelClosedByBroker, ConnectionClosedByBroker, NackError, UnroutableError

parameters = pika.URLParameters(sys.argv[1])
prefix = sys.argv[2]
connection = pika.BlockingConnection(parameters)


def say(what, seen):
    print(json.dumps([what, seen]), flush=True)


def refused(what, act):
    """What the broker says when it closes the channel, or the connection."""
    own = pika.BlockingConnection(parameters)
    try:
        act(own.channel())
        say(what, "accepted")
    except (ChannelClosedByBroker, ConnectionClosedByBroker) as error:
        say(what, [error.reply_code, error.reply_text.replace(prefix, "")])
    if own.is_open:
        own.close()


def named(label):
    return prefix + label


def bodies(channel, queue):
    seen = []
    while True:
        method, _, body = channel.basic_get(queue, auto_ack=True)
        if method is None:
            return seen
        seen.append(body.decode())


def redeclare(channel):
    channel.queue_declare(named("q"), auto_delete=True)
    channel.queue_declare(named("q"), auto_delete=False)


def locked(channel):
    connection.channel().queue_declare(named("locked"), exclusive=True)
    channel.queue_declare(named("locked"), passive=True)


def twice(channel):
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.basic_publish("", queue, b"once")
    method, _, _ = channel.basic_get(queue)
    channel.basic_ack(method.delivery_tag)
    channel.basic_ack(method.delivery_tag)
    channel.queue_declare(queue, passive=True)


def sized_prefetch(channel):
    channel.basic_qos(prefetch_size=1)


arguments = {
    "negative ttl": {"x-message-ttl": -1},
    "text as ttl": {"x-message-ttl": "1"},
    "zero expires": {"x-expires": 0},
    "overflow": {"x-overflow": "sideways"},
    "priority": {"x-max-priority": 256},
    "key without exchange": {"x-dead-letter-routing-key": "k"},
}
for label, value in arguments.items():
    refused(label, lambda channel, value=value: channel.queue_declare(named("bad"), exclusive=True, arguments=value))
refused("missing queue", lambda channel: channel.queue_declare(named("none"), passive=True))
refused("missing exchange", lambda channel: channel.exchange_declare(named("none"), passive=True))
refused("reserved queue", lambda channel: channel.queue_declare("amq.mine"))
refused("reserved exchange", lambda channel: channel.exchange_declare("amq.mine"))
refused("default exchange", lambda channel: channel.queue_bind("amq.gen", ""))
refused("system exchange", lambda channel: channel.exchange_delete("amq.direct"))
refused("inequivalent", redeclare)
refused("locked", locked)
refused("acknowledged twice", twice)
refused("prefetch size", sized_prefetch)

channel = connection.channel()
channel.confirm_delivery()
try:
    channel.basic_publish("", named("none"), b"back", mandatory=True)
except UnroutableError as error:
    say("returned", [error.messages[0].method.reply_code, error.messages[0].method.reply_text])

full = channel.queue_declare("", exclusive=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
channel.basic_publish("", full.method.queue, b"first")
try:
    channel.basic_publish("", full.method.queue, b"second")
except NackError:
    say("full", "nack")

levels = channel.queue_declare("", exclusive=True, arguments={"x-max-priority": 5}).method.queue
for level in (1, 5, 3):
    channel.basic_publish("", levels, str(level).encode(), pika.BasicProperties(priority=level))
say("priorities", bodies(channel, levels))

dead = channel.queue_declare("", exclusive=True).method.queue
dying = channel.queue_declare(
    "", exclusive=True, arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead}
).method.queue
channel.basic_publish("", dying, b"bad")
method, _, _ = channel.basic_get(dying)
channel.basic_nack(method.delivery_tag, requeue=False)
for method, properties, body in channel.consume(dead, auto_ack=True, inactivity_timeout=10):
    death = properties.headers["x-death"][0]
    say("dead", [body.decode(), death["reason"], death["count"], properties.headers["x-first-death-reason"]])
    break
channel.cancel()

order = channel.queue_declare("", exclusive=True).method.queue
for body in (b"1", b"2", b"3"):
    channel.basic_publish("", order, body)
held = [channel.basic_get(order)[0].delivery_tag for _ in range(2)]
channel.basic_nack(held[1], multiple=True, requeue=True)
say("requeued in order", bodies(channel, order))
say("deleted twice", [channel.queue_delete(order).method.message_count, channel.queue_delete(order).method.message_count])

other = connection.channel()
other.tx_select()
slow = other.queue_declare("", exclusive=True).method.queue
other.basic_publish("", slow, b"kept back")
other.tx_rollback()
other.basic_publish("", slow, b"committed")
say("before the commit", other.queue_declare(slow, passive=True).method.message_count)
other.tx_commit()
say("transaction", bodies(other, slow))

cancelled = []
other.add_on_cancel_callback(lambda frame: cancelled.append(frame.method.consumer_tag))
other.basic_consume(slow, lambda *_: None, consumer_tag="mine")
channel.queue_delete(slow)
connection.process_data_events(time_limit=0)
while not cancelled:
    connection.process_data_events(time_limit=1)
say("cancelled", cancelled)
if hasattr(connection, "update_secret"):
    connection.update_secret("any", "renewal")
channel.queue_delete(named("q"))
say("finished", True)
connection.close()
