package main

import (
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

const replyTo = "amq.rabbitmq.reply-to"

// Direct reply-to.
func (w *walk) replies() {
	answers := get(w.channel.Consume(replyTo, "", true, false, false, false, nil))
	requests := w.queue(nil)
	w.publish("", requests, amqp.Publishing{ReplyTo: replyTo}, "ask")
	address := w.take(requests, 1)[0].ReplyTo
	own := w.open(w.connection)
	listeners := get(own.QueueDeclarePassive(address, false, false, false, false, nil)).Consumers
	say("reply address", []any{strings.HasPrefix(address, replyTo+"."), listeners})
	must(own.Publish("", address, false, false, amqp.Publishing{Body: []byte("answer")}))
	say("direct reply", bodies(receive(answers, 1)))
	say("reply with acknowledgements", w.refusalOn(own, func(channel *amqp.Channel) error {
		_, err := channel.Consume(replyTo, "", false, false, false, false, nil)
		return err
	}))
}
