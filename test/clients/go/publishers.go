package main

import amqp "github.com/rabbitmq/amqp091-go"

// What may not be published, consumers in turns, and confirms for many messages at once.
func (w *walk) publishers() {
	published := func(exchange string, message amqp.Publishing) any {
		return w.refusalOn(w.open(w.connection), func(channel *amqp.Channel) error {
			must(channel.Publish(exchange, "any", false, false, message))
			return channel.Qos(1, 0, false)
		})
	}
	say("internal exchange", published(w.exchange("inside", "fanout", true, nil), amqp.Publishing{}))
	say("no such exchange", published(w.prefix+"none", amqp.Publishing{}))
	say("foreign user", published("", amqp.Publishing{UserId: "somebody"}))
	say("bad expiration", published("", amqp.Publishing{Expiration: "soon"}))
	say("bad copies", published("", amqp.Publishing{Headers: amqp.Table{"CC": "text"}}))
	w.turns()

	const count = 1000
	channel := w.open(w.connection)
	must(channel.Confirm(false))
	// The library tells each confirm of several apart.
	confirms := channel.NotifyPublish(make(chan amqp.Confirmation, count))
	for range count {
		must(channel.Publish("amq.fanout", w.prefix, false, false, amqp.Publishing{Body: []byte("x")}))
	}
	kind, last := "Ack", uint64(0)
	for range count {
		confirmation := <-confirms
		if !confirmation.Ack {
			kind = "Nack"
		}
		last = max(last, confirmation.DeliveryTag)
	}
	say("confirmed", []any{kind, last})
}
