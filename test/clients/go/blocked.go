package main

import (
	"log"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Why a connection is blocked once it has published to a broker that is short of something.
func blocked(url string) {
	connection := get(amqp.Dial(url))
	blockings := connection.NotifyBlocked(make(chan amqp.Blocking, 1))
	must(get(connection.Channel()).Publish("amq.fanout", "any", false, false, amqp.Publishing{Body: []byte("x")}))
	select {
	case blocking := <-blockings:
		say("blocked", []string{blocking.Reason})
	case <-time.After(patience):
		log.Panic("not blocked")
	}
}
