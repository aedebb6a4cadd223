"""Logs in with a client certificate; prints, as JSON, whether it was let in, or by whom it was refused."""

import json
import ssl
import sys

import pika
from pika.exceptions import AMQPConnectionError, ProbableAuthenticationError

port, authority, certificate, key = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
context.load_cert_chain(certificate, key)
parameters = pika.ConnectionParameters(
    host="localhost",
    port=int(port),
    credentials=pika.credentials.ExternalCredentials(),
    ssl_options=pika.SSLOptions(context, "localhost"),
    socket_timeout=10,
)
try:
    connection = pika.BlockingConnection(parameters)
    queue = connection.channel().queue_declare("", exclusive=True).method.queue
    print(json.dumps(["in", queue.startswith("amq.gen-")]))
    connection.close()
except ProbableAuthenticationError:
    print(json.dumps(["refused by the broker"]))
except AMQPConnectionError:
    print(json.dumps(["refused by TLS"]))
