package main

import amqp "github.com/rabbitmq/amqp091-go"

// What is refused, with the words for it.
func (w *walk) refusals() {
	for _, row := range []struct {
		what      string
		arguments amqp.Table
	}{
		{"negative ttl", amqp.Table{"x-message-ttl": -1}},
		{"text as ttl", amqp.Table{"x-message-ttl": "1"}},
		{"zero expires", amqp.Table{"x-expires": 0}},
		{"overflow", amqp.Table{"x-overflow": "sideways"}},
		{"priority", amqp.Table{"x-max-priority": 256}},
		{"key without exchange", amqp.Table{"x-dead-letter-routing-key": "k"}},
	} {
		say(row.what, w.refusal(func(channel *amqp.Channel) error {
			_, err := channel.QueueDeclare(w.prefix+"bad", false, false, true, false, row.arguments)
			return err
		}))
	}
	say("missing queue", w.refusal(func(channel *amqp.Channel) error {
		_, err := channel.QueueDeclarePassive(w.prefix+"none", false, false, false, false, nil)
		return err
	}))
	say("missing exchange", w.refusal(func(channel *amqp.Channel) error {
		return channel.ExchangeDeclarePassive(w.prefix+"none", "direct", false, false, false, false, nil)
	}))
	say("reserved queue", w.refusal(func(channel *amqp.Channel) error {
		_, err := channel.QueueDeclare("amq.mine", false, false, false, false, nil)
		return err
	}))
	say("reserved exchange", w.refusal(func(channel *amqp.Channel) error {
		return channel.ExchangeDeclare("amq.mine", "direct", false, false, false, false, nil)
	}))
	say("default exchange", w.refusal(func(channel *amqp.Channel) error {
		return channel.QueueBind("amq.gen", "", "", false, nil)
	}))
	say("system exchange", w.refusal(func(channel *amqp.Channel) error {
		return channel.ExchangeDelete("amq.direct", false, false)
	}))
	say("inequivalent", w.refusal(func(channel *amqp.Channel) error {
		get(channel.QueueDeclare(w.prefix+"q", false, true, false, false, nil))
		_, err := channel.QueueDeclare(w.prefix+"q", false, false, false, false, nil)
		return err
	}))
	get(w.channel.QueueDelete(w.prefix+"q", false, false, false))
	locked := get(w.channel.QueueDeclare(w.prefix+"locked", false, false, true, false, nil)).Name
	say("locked", w.refusal(func(channel *amqp.Channel) error {
		_, err := channel.QueueDeclarePassive(locked, false, false, false, false, nil)
		return err
	}))
	say("acknowledged twice", w.refusal(func(channel *amqp.Channel) error {
		queue := get(channel.QueueDeclare("", false, false, true, false, nil)).Name
		must(channel.Publish("", queue, false, false, amqp.Publishing{Body: []byte("once")}))
		delivery, _, err := channel.Get(queue, false)
		must(err)
		must(delivery.Ack(false))
		must(delivery.Ack(false))
		_, err = channel.QueueDeclarePassive(queue, false, false, false, false, nil)
		return err
	}))
	say("prefetch size", w.refusal(func(channel *amqp.Channel) error { return channel.Qos(0, 1, false) }))
}
