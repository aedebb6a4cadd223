"""Walks how messages travel with pika; prints what it saw, one JSON line for each."""

import json
import sys

import pika
from pika.exceptions import ChannelClosedByBroker

parameters = pika.URLParameters(sys.argv[1])
prefix = sys.argv[2]
connection = pika.BlockingConnection(parameters)
channel = connection.channel()


def say(what, seen):
    print(json.dumps([what, seen]), flush=True)


def refusal(act):
    own = connection.channel()
    try:
        act(own)
        return None
    except ChannelClosedByBroker as error:
        return [error.reply_code, error.reply_text.replace(prefix, "")]


def queue(**arguments):
    named = {"x-" + name.replace("_", "-"): value for name, value in arguments.items()}
    return channel.queue_declare("", exclusive=True, arguments=named).method.queue


def exchange(label, kind, **options):
    channel.exchange_declare(prefix + label, kind, auto_delete=True, **options)
    return prefix + label


def publish(to, key, *bodies, **properties):
    for body in bodies:
        channel.basic_publish(to, key, body.encode(), pika.BasicProperties(**properties))


def take(name, count, **options):
    """So many messages of a consumer, which is left with them."""
    own = connection.channel()
    taken = []
    for method, properties, body in own.consume(name, inactivity_timeout=10, **options):
        if method is None:
            break
        taken.append((method, properties, body.decode()))
        if len(taken) == count:
            break
    return own, taken


def texts(name, count):
    own, taken = take(name, count, auto_ack=True)
    own.close()
    return [body for _, _, body in taken] + [ready(name)]


def ready(name):
    return channel.queue_declare(name, passive=True).method.message_count


work = queue()
publish("", work, "1", "2", "3")
worker = connection.channel()
worker.basic_qos(prefetch_count=2)
got = []
worker.basic_consume(work, lambda _channel, method, _properties, body: got.append((method.delivery_tag, body.decode())))
while len(got) < 2:
    connection.process_data_events(time_limit=1)
seen = channel.queue_declare(work, passive=True).method
say("prefetch", [[body for _, body in got], seen.message_count, seen.consumer_count])
worker.basic_ack(got[0][0])
while len(got) < 3:
    connection.process_data_events(time_limit=1)
say("prefetch after an acknowledgement", got[2][1])
worker.close()
again = channel.basic_get(work)[0]
say("redelivered", [again.redelivered, again.message_count])

shared = channel.queue_declare(prefix + "shared", exclusive=True).method.queue
channel.basic_consume(shared, lambda *_: None, exclusive=True, consumer_tag="alone")
say("exclusive consumer", refusal(lambda own: own.basic_consume(shared, lambda *_: None)))
channel.basic_cancel("alone")
other = pika.BlockingConnection(parameters)
locked = []
for act in (
    lambda own: own.basic_consume(shared, lambda *_: None),
    lambda own: own.basic_get(shared),
    lambda own: own.queue_bind(shared, "amq.fanout"),
    lambda own: own.queue_purge(shared),
    lambda own: own.queue_delete(shared),
):
    try:
        act(other.channel())
    except ChannelClosedByBroker as error:
        locked.append(error.reply_code)
say("locked for others", locked)
other.close()

grave = queue()
letters = {"dead_letter_exchange": "", "dead_letter_routing_key": grave}


def died(what):
    own, taken = take(grave, 1, auto_ack=True)
    own.close()
    death = taken[0][1].headers["x-death"][0]
    say(what, [taken[0][2], death["reason"], death.get("original-expiration"), taken[0][1].expiration])


publish("", queue(**letters), "message", expiration="1")
died("expired by itself")
publish("", queue(message_ttl=1, **letters), "queue")
died("expired by its queue")
named = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": grave}
channel.queue_declare(prefix + "policied", exclusive=True, arguments=named)
publish("", prefix + "policied", "policy")
died("expired by a policy")
publish("", queue(max_length=2, **letters), "1", "2", "3")
died("dropped")
channel.queue_declare(prefix + "unused", arguments={"x-expires": 1})
while refusal(lambda own: own.queue_declare(prefix + "unused", passive=True)) is None:
    pass
say("unused", refusal(lambda own: own.queue_declare(prefix + "unused", passive=True)))
short = queue(max_length_bytes=10)
publish("", short, "12345", "67890", "abcde")
say("most bytes", texts(short, 2))

both, either = queue(), queue()
headers = exchange("headers", "headers")
channel.queue_bind(both, headers, arguments={"x-match": "all", "a": 1, "b": "two"})
channel.queue_bind(either, headers, arguments={"x-match": "any", "a": 1, "b": "two"})
publish(headers, "", "both", headers={"a": 1, "b": "two", "c": True})
publish(headers, "", "one", headers={"a": 1, "b": "other"})
publish(headers, "", "type", headers={"a": "1"})
say("headers", [texts(both, 1), texts(either, 2)])
words = queue()
topics = exchange("topics", "topic")
channel.queue_bind(words, topics, "a.*.#")
for key in ("a.b", "a", "a.b.c.d", "b.a.c", "a..c"):
    publish(topics, key, key)
say("topic", texts(words, 3))

stray = queue()
fallback = exchange("fallback", "fanout")
channel.queue_bind(stray, fallback)
first = exchange("first", "direct", arguments={"alternate-exchange": fallback})
returned = []
channel.add_on_return_callback(lambda *_: returned.append(True))
channel.basic_publish(first, "nowhere", b"astray", mandatory=True)
say("alternate exchange", [texts(stray, 1), returned])
near, far = exchange("near", "fanout"), exchange("far", "topic")
end = queue()
channel.exchange_bind(far, near, "any")
channel.queue_bind(end, far, "#")
channel.queue_bind(end, near)
publish(near, "k", "once")
say("exchange to exchange", texts(end, 1))
to, copy, hidden = queue(), queue(), queue()
publish("", to, "copied", headers={"CC": [copy], "BCC": [hidden]})
own, taken = take(hidden, 1, auto_ack=True)
own.close()
say("blind copy", [list(taken[0][1].headers), taken[0][0].routing_key == to, ready(to), ready(copy)])

replies = []
channel.basic_consume("amq.rabbitmq.reply-to", lambda *delivery: replies.append(delivery[3].decode()), auto_ack=True)
requests = queue()
publish("", requests, "ask", reply_to="amq.rabbitmq.reply-to")
own, taken = take(requests, 1, auto_ack=True)
address = taken[0][1].reply_to
listeners = own.queue_declare(address, passive=True).method.consumer_count
say("reply address", [address.startswith("amq.rabbitmq.reply-to."), listeners])
own.basic_publish("", address, b"answer")
while not replies:
    connection.process_data_events(time_limit=1)
say("direct reply", replies)
say("reply with acknowledgements", refusal(lambda own: own.basic_consume("amq.rabbitmq.reply-to", lambda *_: None)))

inside = exchange("inside", "fanout", internal=True)


def published(to="", **properties):
    def act(own):
        own.basic_publish(to, "any", b"x", pika.BasicProperties(**properties))
        own.queue_declare(shared, passive=True)

    return refusal(act)


say("internal exchange", published(inside))
say("no such exchange", published(prefix + "none"))
say("foreign user", published(user_id="somebody"))
say("bad expiration", published(expiration="soon"))
say("bad copies", published(headers={"CC": "text"}))

active = queue(single_active_consumer=True)
one, two = connection.channel(), connection.channel()
order = []
one.basic_consume(active, lambda *delivery: order.append("one"), auto_ack=True, consumer_tag="one")
two.basic_consume(active, lambda *delivery: order.append("two"), auto_ack=True)
publish("", active, "a", "b")
while len(order) < 2:
    connection.process_data_events(time_limit=1)
one.basic_cancel("one")
publish("", active, "c")
while len(order) < 3:
    connection.process_data_events(time_limit=1)
say("single active consumer", order)
ranked = queue()
order.clear()
one.basic_consume(ranked, lambda *delivery: order.append("low"), auto_ack=True)
two.basic_consume(ranked, lambda *delivery: order.append("high"), auto_ack=True, arguments={"x-priority": 5})
publish("", ranked, "a", "b", "c")
while len(order) < 3:
    connection.process_data_events(time_limit=1)
say("consumer priority", order)
# Nothing was ever bound to them, so that they do not go by themselves.
for unbound in (first, inside):
    channel.exchange_delete(unbound)
connection.close()

confirmed = set()


def on_confirm(frame):
    tag = frame.method.delivery_tag
    confirmed.update(range(1, tag + 1) if frame.method.multiple else [tag])
    if len(confirmed) == 1000:
        say("confirmed", [type(frame.method).__name__, max(confirmed)])
        flood.close()


def on_channel(own):
    own.confirm_delivery(on_confirm)
    for _ in range(1000):
        own.basic_publish("amq.fanout", prefix, b"x")


flood = pika.SelectConnection(
    parameters,
    on_open_callback=lambda opened: opened.channel(on_open_callback=on_channel),
    on_close_callback=lambda closed, _: closed.ioloop.stop(),
)
flood.ioloop.start()
say("finished", True)
