// Hello world, the sending side: puts one message into the queue "hello".
//
//	cd examples/go && go run ./send [TEXT]
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	text := textOr(os.Args[1:], "Hello World!")
	connection, err := amqp.Dial(brokerURL())
	if err != nil {
		return err
	}
	defer connection.Close()
	channel, err := connection.Channel()
	if err != nil {
		return err
	}
	// Sender and receiver both declare the queue, so it does not matter who starts first.
	if _, err := channel.QueueDeclare("hello", false, false, false, false, nil); err != nil {
		return err
	}
	// The exchange with the empty name hands a message to the queue named by the routing key.
	message := amqp.Publishing{ContentType: "text/plain", Body: []byte(text)}
	if err := channel.PublishWithContext(context.Background(), "", "hello", false, false, message); err != nil {
		return err
	}
	fmt.Println("sent:", text)
	return nil
}

func textOr(words []string, fallback string) string {
	if len(words) == 0 {
		return fallback
	}
	return strings.Join(words, " ")
}

func brokerURL() string {
	if url := os.Getenv("AMQP_URL"); url != "" {
		return url
	}
	return "amqp://guest:guest@127.0.0.1:5672/"
}
