// Walks the rules an application relies on with amqp091-go; prints what it saw, one JSON line for each.
//
//	rows URL PREFIX
//	rows URL blocked
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// How long the broker may take for anything.
const patience = 10 * time.Second

// A walk is a program's way through the broker: a connection, and names of its own.
type walk struct {
	connection *amqp.Connection
	channel    *amqp.Channel
	url        string
	prefix     string
}

func main() {
	if os.Args[2] == "blocked" {
		blocked(os.Args[1])
		return
	}
	w := &walk{url: os.Args[1], prefix: os.Args[2]}
	w.connection = w.dial()
	w.channel = w.open(w.connection)
	w.refusals()
	w.settlements()
	w.consumers()
	w.endings()
	w.routes()
	w.replies()
	w.publishers()
	// Nothing was ever bound to them, so that they do not go by themselves.
	for _, unbound := range []string{"first", "inside"} {
		must(w.channel.ExchangeDelete(w.prefix+unbound, false, false))
	}
	must(w.connection.Close())
	say("finished", true)
}

// Any error that is not looked for ends the program.
func must(err error) {
	if err != nil {
		log.Panic(err)
	}
}

func get[T any](value T, err error) T {
	must(err)
	return value
}

func say(what string, seen any) {
	fmt.Println(string(get(json.Marshal([]any{what, seen}))))
}

func (w *walk) dial() *amqp.Connection {
	return get(amqp.Dial(w.url))
}

func (w *walk) open(connection *amqp.Connection) *amqp.Channel {
	return get(connection.Channel())
}

// What the broker says when it closes the channel or the connection of `act`, which has both to itself.
func (w *walk) refusal(act func(*amqp.Channel) error) any {
	connection := w.dial()
	defer connection.Close()
	return w.refusalOn(w.open(connection), act)
}

func (w *walk) refusalOn(channel *amqp.Channel, act func(*amqp.Channel) error) any {
	// Room for one, because it may be closed before anybody looks.
	closed := channel.NotifyClose(make(chan *amqp.Error, 1))
	if err := act(channel); err == nil {
		channel.Close()
		return nil
	}
	select {
	case refused := <-closed:
		return []any{refused.Code, strings.ReplaceAll(refused.Reason, w.prefix, "")}
	case <-time.After(patience):
		log.Panic("a method failed and the channel is still open")
		return nil
	}
}

// A queue of this connection that the broker names.
func (w *walk) queue(arguments amqp.Table) string {
	return get(w.channel.QueueDeclare("", false, false, true, false, arguments)).Name
}

func (w *walk) exchange(label, kind string, internal bool, arguments amqp.Table) string {
	name := w.prefix + label
	must(w.channel.ExchangeDeclare(name, kind, false, true, internal, false, arguments))
	return name
}

func (w *walk) publish(exchange, key string, message amqp.Publishing, bodies ...string) {
	for _, body := range bodies {
		message.Body = []byte(body)
		must(w.channel.Publish(exchange, key, false, false, message))
	}
}

func (w *walk) passive(queue string) amqp.Queue {
	return get(w.channel.QueueDeclarePassive(queue, false, false, false, false, nil))
}

// So many messages of a consumer that acknowledges nothing.
func (w *walk) take(queue string, count int) []amqp.Delivery {
	own := w.open(w.connection)
	defer own.Close()
	return receive(get(own.Consume(queue, "", true, false, false, false, nil)), count)
}

func receive(deliveries <-chan amqp.Delivery, count int) []amqp.Delivery {
	taken := []amqp.Delivery{}
	for len(taken) < count {
		select {
		case delivery := <-deliveries:
			taken = append(taken, delivery)
		case <-time.After(patience):
			log.Panicf("%d of %d messages", len(taken), count)
		}
	}
	return taken
}

// Their texts, and how many are left in the queue.
func (w *walk) texts(queue string, count int) []any {
	return append(bodies(w.take(queue, count)), w.passive(queue).Messages)
}

func bodies(deliveries []amqp.Delivery) []any {
	texts := []any{}
	for _, delivery := range deliveries {
		texts = append(texts, string(delivery.Body))
	}
	return texts
}

// All that can be polled.
func drain(channel *amqp.Channel, queue string) []any {
	texts := []any{}
	for {
		delivery, found, err := channel.Get(queue, true)
		must(err)
		if !found {
			return texts
		}
		texts = append(texts, string(delivery.Body))
	}
}
