// Publish/subscribe, the listening side: prints every log line told from now on. Start several.
//
//	cd examples/go && go run ./receive_logs
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	connection, err := amqp.Dial(brokerURL())
	if err != nil {
		return err
	}
	defer connection.Close()
	channel, err := connection.Channel()
	if err != nil {
		return err
	}
	if err := channel.ExchangeDeclare("logs", "fanout", false, false, false, false, nil); err != nil {
		return err
	}
	// A queue for this program alone: the broker makes up its name, and deletes it when we are gone.
	queue, err := channel.QueueDeclare("", false, false, true, false, nil)
	if err != nil {
		return err
	}
	if err := channel.QueueBind(queue.Name, "", "logs", false, nil); err != nil {
		return err
	}
	lines, err := channel.Consume(queue.Name, "", true, false, false, false, nil)
	if err != nil {
		return err
	}
	fmt.Println("listening for logs, Ctrl-C ends")
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	for {
		select {
		case line, open := <-lines:
			if !open {
				return errors.New("the broker closed the connection")
			}
			fmt.Printf("heard: %s\n", line.Body)
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
