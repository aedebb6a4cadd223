// Publish/subscribe, the publishing side: tells one log line to whoever listens right now.
//
//	cd examples/go && go run ./emit_log [TEXT]
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
	line := textOr(os.Args[1:], "info: all is well")
	connection, err := amqp.Dial(brokerURL())
	if err != nil {
		return err
	}
	defer connection.Close()
	channel, err := connection.Channel()
	if err != nil {
		return err
	}
	// A fanout exchange copies what it gets to every queue bound to it; the routing key plays no part.
	if err := channel.ExchangeDeclare("logs", "fanout", false, false, false, false, nil); err != nil {
		return err
	}
	message := amqp.Publishing{ContentType: "text/plain", Body: []byte(line)}
	if err := channel.PublishWithContext(context.Background(), "logs", "", false, false, message); err != nil {
		return err
	}
	fmt.Println("told:", line)
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
