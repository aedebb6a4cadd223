// Topics, the publishing side: tells a log line under a key of words such as "kernel.critical".
//
//	cd examples/go && go run ./emit_log_topic kernel.critical "out of memory"
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
	key, line := "anonymous.info", "all is well"
	if len(os.Args) > 1 {
		key = os.Args[1]
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
	if err := channel.ExchangeDeclare("topic_logs", "topic", false, false, false, false, nil); err != nil {
		return err
	}
	message := amqp.Publishing{ContentType: "text/plain", Body: []byte(line)}
	if err := channel.PublishWithContext(context.Background(), "topic_logs", key, false, false, message); err != nil {
		return err
	}
	fmt.Printf("told: [%s] %s\n", key, line)
	return nil
}

func brokerURL() string {
	if url := os.Getenv("AMQP_URL"); url != "" {
		return url
	}
	return "amqp://guest:guest@127.0.0.1:5672/"
}
