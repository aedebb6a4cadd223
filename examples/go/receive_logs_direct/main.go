// Routing, the listening side: prints log lines of the severities it was given.
//
//	cd examples/go && go run ./receive_logs_direct warning error
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(keys []string) error {
	if len(keys) == 0 {
		return errors.New("which severities? For example: receive_logs_direct warning error")
	}
	connection, err := amqp.Dial(brokerURL())
	if err != nil {
		return err
	}
	defer connection.Close()
	channel, err := connection.Channel()
	if err != nil {
		return err
	}
	if err := channel.ExchangeDeclare("direct_logs", "direct", false, false, false, false, nil); err != nil {
		return err
	}
	queue, err := channel.QueueDeclare("", false, false, true, false, nil)
	if err != nil {
		return err
	}
	// One binding for each severity; a queue may have as many as it likes.
	for _, key := range keys {
		if err := channel.QueueBind(queue.Name, key, "direct_logs", false, nil); err != nil {
			return err
		}
	}
	lines, err := channel.Consume(queue.Name, "", true, false, false, false, nil)
	if err != nil {
		return err
	}
	fmt.Printf("listening for %s, Ctrl-C ends\n", strings.Join(keys, ", "))
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	for {
		select {
		case line, open := <-lines:
			if !open {
				return errors.New("the broker closed the connection")
			}
			fmt.Printf("heard: [%s] %s\n", line.RoutingKey, line.Body)
		case <-interrupted:
			return nil
		}
	}
}

func brokerURL() string {
	if url := os.Getenv("AMQP_URL"); url != "" {
		return url
	}
	return "amqp://guest:guest@127.0.0.1:5672/"
}
