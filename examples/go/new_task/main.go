// Work queues, the side that has work to give: puts one task into the queue "task_queue".
// Every dot in the text stands for a second of work.
//
//	cd examples/go && go run ./new_task "resize the photo..."
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
	task := textOr(os.Args[1:], "resize the photo...")
	connection, err := amqp.Dial(brokerURL())
	if err != nil {
		return err
	}
	defer connection.Close()
	channel, err := connection.Channel()
	if err != nil {
		return err
	}
	// A durable queue and a persistent message: both are needed for a task to survive a restart of the broker.
	if _, err := channel.QueueDeclare("task_queue", true, false, false, false, nil); err != nil {
		return err
	}
	message := amqp.Publishing{DeliveryMode: amqp.Persistent, ContentType: "text/plain", Body: []byte(task)}
	if err := channel.PublishWithContext(context.Background(), "", "task_queue", false, false, message); err != nil {
		return err
	}
	fmt.Println("new task:", task)
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
