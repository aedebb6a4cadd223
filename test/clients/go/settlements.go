package main

import amqp "github.com/rabbitmq/amqp091-go"

// Confirms, returns, order, transactions and the end of a queue.
func (w *walk) settlements() {
	channel := w.open(w.connection)
	must(channel.Confirm(false))
	returns := channel.NotifyReturn(make(chan amqp.Return, 1))
	send := func(queue, body string, mandatory bool, priority uint8) bool {
		message := amqp.Publishing{Body: []byte(body), Priority: priority}
		return get(channel.PublishWithDeferredConfirm("", queue, mandatory, false, message)).Wait()
	}
	send(w.prefix+"none", "back", true, 0)
	// It comes before the confirm.
	returned := <-returns
	say("returned", []any{returned.ReplyCode, returned.ReplyText})

	full := w.queue(amqp.Table{"x-max-length": 1, "x-overflow": "reject-publish"})
	send(full, "first", false, 0)
	if !send(full, "second", false, 0) {
		say("full", "nack")
	}
	levels := w.queue(amqp.Table{"x-max-priority": 5})
	send(levels, "1", false, 1)
	send(levels, "5", false, 5)
	send(levels, "3", false, 3)
	say("priorities", drain(channel, levels))

	dead := w.queue(nil)
	dying := w.queue(amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead})
	send(dying, "bad", false, 0)
	must(get2(channel.Get(dying, false)).Nack(false, false))
	letter := w.take(dead, 1)[0]
	death := letter.Headers["x-death"].([]any)[0].(amqp.Table)
	say("dead", []any{string(letter.Body), death["reason"], death["count"], letter.Headers["x-first-death-reason"]})

	order := w.queue(nil)
	for _, body := range []string{"1", "2", "3"} {
		send(order, body, false, 0)
	}
	get2(channel.Get(order, false))
	must(get2(channel.Get(order, false)).Nack(true, true))
	say("requeued in order", drain(channel, order))
	deleted := []int{}
	for range 2 {
		deleted = append(deleted, get(channel.QueueDelete(order, false, false, false)))
	}
	say("deleted twice", deleted)

	other := w.open(w.connection)
	must(other.Tx())
	slow := w.queue(nil)
	must(other.Publish("", slow, false, false, amqp.Publishing{Body: []byte("kept back")}))
	must(other.TxRollback())
	must(other.Publish("", slow, false, false, amqp.Publishing{Body: []byte("committed")}))
	say("before the commit", get(other.QueueDeclarePassive(slow, false, false, false, false, nil)).Messages)
	must(other.TxCommit())
	say("transaction", drain(other, slow))
	cancelled := other.NotifyCancel(make(chan string, 1))
	get(other.Consume(slow, "mine", false, false, false, false, nil))
	get(channel.QueueDelete(slow, false, false, false))
	say("cancelled", []string{<-cancelled})
	must(w.connection.UpdateSecret("any", "renewal"))
	must(channel.Close())
}

func get2(delivery amqp.Delivery, found bool, err error) amqp.Delivery {
	must(err)
	if !found {
		panic("nothing to get")
	}
	return delivery
}
