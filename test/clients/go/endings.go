package main

import amqp "github.com/rabbitmq/amqp091-go"

// Time to live of messages and queues, and queues that are full.
func (w *walk) endings() {
	grave := w.queue(nil)
	letters := func(arguments amqp.Table) amqp.Table {
		arguments["x-dead-letter-exchange"] = ""
		arguments["x-dead-letter-routing-key"] = grave
		return arguments
	}
	died := func(what string) {
		letter := w.take(grave, 1)[0]
		death := letter.Headers["x-death"].([]any)[0].(amqp.Table)
		var expiration any
		if letter.Expiration != "" {
			expiration = letter.Expiration
		}
		say(what, []any{string(letter.Body), death["reason"], death["original-expiration"], expiration})
	}
	w.publish("", w.queue(letters(amqp.Table{})), amqp.Publishing{Expiration: "1"}, "message")
	died("expired by itself")
	w.publish("", w.queue(letters(amqp.Table{"x-message-ttl": 1})), amqp.Publishing{}, "queue")
	died("expired by its queue")
	policied := w.prefix + "policied"
	get(w.channel.QueueDeclare(policied, false, false, true, false, letters(amqp.Table{})))
	w.publish("", policied, amqp.Publishing{}, "policy")
	died("expired by a policy")
	w.publish("", w.queue(letters(amqp.Table{"x-max-length": 2})), amqp.Publishing{}, "1", "2", "3")
	died("dropped")

	unused := w.prefix + "unused"
	get(w.channel.QueueDeclare(unused, false, false, false, false, amqp.Table{"x-expires": 1}))
	var refused any
	for refused == nil {
		refused = w.refusalOn(w.open(w.connection), func(channel *amqp.Channel) error {
			_, err := channel.QueueDeclarePassive(unused, false, false, false, false, nil)
			return err
		})
	}
	say("unused", refused)
	short := w.queue(amqp.Table{"x-max-length-bytes": 10})
	w.publish("", short, amqp.Publishing{}, "12345", "67890", "abcde")
	say("most bytes", w.texts(short, 2))
}
