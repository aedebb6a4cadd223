// Routing, the publishing side: tells a log line under its severity.
//
//	cd examples/go && go run ./emit_log_direct error "the disk is full"
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
	severity, line := "info", "all is well"
	if len(os.Args) > 1 {
		severity = os.Args[1]
	}
	if len(os.Args) > 2 {
		line = strings.Join(os.Args[2:], " ")
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
	// A direct exchange hands a message to the queues bound with exactly its routing key.
	if err := channel.ExchangeDeclare("direct_logs", "direct", false, false, false, false, nil); err != nil {
		return err
	}
	message := amqp.Publishing{ContentType: "text/plain", Body: []byte(line)}
	if err := channel.PublishWithContext(context.Background(), "direct_logs", severity, false, false, message); err != nil {
		return err
	}
	fmt.Printf("told: [%s] %s\n", severity, line)
	return nil
}

func brokerURL() string {
	if url := os.Getenv("AMQP_URL"); url != "" {
		return url
	}
	return "amqp://guest:guest@127.0.0.1:5672/"
}
