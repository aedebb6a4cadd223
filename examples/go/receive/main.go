// Hello world, the receiving side: prints every message of the queue "hello" until Ctrl-C.
//
//	cd examples/go && go run ./receive
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
	if _, err := channel.QueueDeclare("hello", false, false, false, false, nil); err != nil {
		return err
	}
	// Automatic acknowledgement: a message counts as done the moment it is sent to us.
	messages, err := channel.Consume("hello", "", true, false, false, false, nil)
	if err != nil {
		return err
	}
	fmt.Println("waiting for messages, Ctrl-C ends")
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	for {
		select {
		case message, open := <-messages:
			if !open {
				return errors.New("the broker closed the connection")
			}
			fmt.Printf("received: %s\n", message.Body)
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
