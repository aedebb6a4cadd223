package main

import amqp "github.com/rabbitmq/amqp091-go"

// Where messages go.
func (w *walk) routes() {
	bind := func(queue, key, exchange string, arguments amqp.Table) {
		must(w.channel.QueueBind(queue, key, exchange, false, arguments))
	}
	both, either := w.queue(nil), w.queue(nil)
	headers := w.exchange("headers", "headers", false, nil)
	bind(both, "", headers, amqp.Table{"x-match": "all", "a": 1, "b": "two"})
	bind(either, "", headers, amqp.Table{"x-match": "any", "a": 1, "b": "two"})
	w.publish(headers, "", amqp.Publishing{Headers: amqp.Table{"a": 1, "b": "two", "c": true}}, "both")
	w.publish(headers, "", amqp.Publishing{Headers: amqp.Table{"a": 1, "b": "other"}}, "one")
	w.publish(headers, "", amqp.Publishing{Headers: amqp.Table{"a": "1"}}, "type")
	say("headers", []any{w.texts(both, 1), w.texts(either, 2)})

	words := w.queue(nil)
	topics := w.exchange("topics", "topic", false, nil)
	bind(words, "a.*.#", topics, nil)
	for _, key := range []string{"a.b", "a", "a.b.c.d", "b.a.c", "a..c"} {
		w.publish(topics, key, amqp.Publishing{}, key)
	}
	say("topic", w.texts(words, 3))

	stray := w.queue(nil)
	fallback := w.exchange("fallback", "fanout", false, nil)
	bind(stray, "", fallback, nil)
	first := w.exchange("first", "direct", false, amqp.Table{"alternate-exchange": fallback})
	returns := w.channel.NotifyReturn(make(chan amqp.Return, 1))
	must(w.channel.Publish(first, "nowhere", true, false, amqp.Publishing{Body: []byte("astray")}))
	got := w.texts(stray, 1)
	returned := []any{}
	if len(returns) > 0 {
		returned = append(returned, true)
	}
	say("alternate exchange", []any{got, returned})

	near, far := w.exchange("near", "fanout", false, nil), w.exchange("far", "topic", false, nil)
	end := w.queue(nil)
	must(w.channel.ExchangeBind(far, "any", near, false, nil))
	bind(end, "#", far, nil)
	bind(end, "", near, nil)
	w.publish(near, "k", amqp.Publishing{}, "once")
	say("exchange to exchange", w.texts(end, 1))

	to, copied, hidden := w.queue(nil), w.queue(nil), w.queue(nil)
	w.publish("", to, amqp.Publishing{Headers: amqp.Table{"CC": []any{copied}, "BCC": []any{hidden}}}, "copied")
	blind := w.take(hidden, 1)[0]
	names := []string{}
	for name := range blind.Headers {
		names = append(names, name)
	}
	say("blind copy", []any{names, blind.RoutingKey == to, w.passive(to).Messages, w.passive(copied).Messages})
}
