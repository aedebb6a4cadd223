package main

import amqp "github.com/rabbitmq/amqp091-go"

// Prefetch and redelivery, exclusiveness, single active consumers and priorities.
func (w *walk) consumers() {
	work := w.queue(nil)
	w.publish("", work, amqp.Publishing{}, "1", "2", "3")
	worker := w.open(w.connection)
	must(worker.Qos(2, 0, false))
	deliveries := get(worker.Consume(work, "", false, false, false, false, nil))
	got := receive(deliveries, 2)
	seen := w.passive(work)
	say("prefetch", []any{bodies(got), seen.Messages, seen.Consumers})
	must(got[0].Ack(false))
	say("prefetch after an acknowledgement", bodies(receive(deliveries, 1))[0])
	must(worker.Close())
	again := get2(w.channel.Get(work, false))
	say("redelivered", []any{again.Redelivered, again.MessageCount})

	shared := get(w.channel.QueueDeclare(w.prefix+"shared", false, false, true, false, nil)).Name
	get(w.channel.Consume(shared, "alone", false, true, false, false, nil))
	consume := func(channel *amqp.Channel) error {
		_, err := channel.Consume(shared, "", false, false, false, false, nil)
		return err
	}
	say("exclusive consumer", w.refusalOn(w.open(w.connection), consume))
	must(w.channel.Cancel("alone", false))
	locked := []any{}
	for _, act := range []func(*amqp.Channel) error{
		consume,
		func(channel *amqp.Channel) error { _, _, err := channel.Get(shared, false); return err },
		func(channel *amqp.Channel) error { return channel.QueueBind(shared, "", "amq.fanout", false, nil) },
		func(channel *amqp.Channel) error { _, err := channel.QueuePurge(shared, false); return err },
		func(channel *amqp.Channel) error {
			_, err := channel.QueueDelete(shared, false, false, false)
			return err
		},
	} {
		locked = append(locked, w.refusal(act).([]any)[0])
	}
	say("locked for others", locked)
}

// Who of two consumers gets what.
func (w *walk) turns() {
	one, two := w.open(w.connection), w.open(w.connection)
	order := []string{}
	active := w.queue(amqp.Table{"x-single-active-consumer": true})
	first := get(one.Consume(active, "one", true, false, false, false, nil))
	second := get(two.Consume(active, "", true, false, false, false, nil))
	await := func(first, second <-chan amqp.Delivery, count int, names [2]string) {
		for range count {
			select {
			case <-first:
				order = append(order, names[0])
			case <-second:
				order = append(order, names[1])
			}
		}
	}
	w.publish("", active, amqp.Publishing{}, "a", "b")
	await(first, second, 2, [2]string{"one", "two"})
	must(one.Cancel("one", false))
	w.publish("", active, amqp.Publishing{}, "c")
	await(nil, second, 1, [2]string{"one", "two"})
	say("single active consumer", order)

	ranked := w.queue(nil)
	order = []string{}
	low := get(one.Consume(ranked, "", true, false, false, false, nil))
	high := get(two.Consume(ranked, "", true, false, false, false, amqp.Table{"x-priority": 5}))
	w.publish("", ranked, amqp.Publishing{}, "a", "b", "c")
	await(low, high, 3, [2]string{"low", "high"})
	say("consumer priority", order)
}
