"""stomp.py against a broker: host and port are the arguments. Prints a line for all that worked."""
import queue
import sys

import stomp

host, port = sys.argv[1], int(sys.argv[2])


class Listener(stomp.ConnectionListener):
    def __init__(self):
        self.messages, self.receipts, self.errors = queue.Queue(), queue.Queue(), queue.Queue()
        self.gone = queue.Queue()

    def on_message(self, frame):
        self.messages.put(frame)

    def on_receipt(self, frame):
        self.receipts.put(frame.headers["receipt-id"])

    def on_error(self, frame):
        self.errors.put(frame.headers["message"])

    def on_disconnected(self):
        self.gone.put(True)


def connect(kind):
    # STOMP 1.0 has neither virtual hosts nor heart-beats.
    options = {} if kind is stomp.Connection10 else {"vhost": "/", "heartbeats": (2000, 2000)}
    connection = kind([(host, port)], **options)
    listener = Listener()
    connection.set_listener("", listener)
    connection.connect("guest", "guest", wait=True)
    return connection, listener


for kind, name in ((stomp.Connection10, "1.0"), (stomp.Connection11, "1.1"), (stomp.Connection12, "1.2")):
    connection, listener = connect(kind)
    destination = f"/queue/stomp.py.{name}"
    connection.subscribe(destination, id="1", ack="client", headers={"auto-delete": "true"})
    connection.send(destination, "höllo: \\ world", headers={"mine": "a:b", "persistent": "true"}, receipt="sent")
    assert listener.receipts.get(timeout=20) == "sent"
    frame = listener.messages.get(timeout=20)
    assert frame.body == "höllo: \\ world", frame.body
    assert frame.headers["mine"] == "a:b", frame.headers
    if name == "1.2":
        connection.ack(frame.headers["ack"])
    else:
        connection.ack(frame.headers["message-id"], "1") if name == "1.1" else connection.ack(frame.headers["message-id"])
    transaction = connection.begin()
    connection.send(destination, "later", transaction=transaction)
    connection.commit(transaction)
    assert listener.messages.get(timeout=20).body == "later"
    connection.disconnect(receipt="bye")
    assert listener.receipts.get(timeout=20) == "bye"
    print(f"{name}: sent, received, acknowledged, committed")

connection, listener = connect(stomp.Connection12)
connection.send("/nowhere/at/all", "x")
print("error:", listener.errors.get(timeout=20))
listener.gone.get(timeout=20)
print("finished")
