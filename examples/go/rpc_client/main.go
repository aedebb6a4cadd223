// Remote calls, the asking side: asks the server for the factorial of a number and prints the answer.
//
//	cd examples/go && go run ./rpc_client 20
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"os"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	number := "20"
	if len(os.Args) > 1 {
		number = os.Args[1]
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
	fmt.Printf("asking for %s!\n", number)
	result, err := ask(channel, number)
	if err != nil {
		return err
	}
	fmt.Println("answer:", result)
	return nil
}

func ask(channel *amqp.Channel, question string) (string, error) {
	replyQueue, err := channel.QueueDeclare("", false, false, true, false, nil)
	if err != nil {
		return "", err
	}
	replies, err := channel.Consume(replyQueue.Name, "", true, true, false, false, nil)
	if err != nil {
		return "", err
	}
	request := amqp.Publishing{
		ContentType:   "text/plain",
		CorrelationId: rand.Text(),
		ReplyTo:       replyQueue.Name,
		Body:          []byte(question),
	}
	if err := channel.PublishWithContext(context.Background(), "", "rpc_queue", false, false, request); err != nil {
		return "", err
	}
	// An answer to a question asked earlier is passed over.
	for reply := range replies {
		if reply.CorrelationId == request.CorrelationId {
			return string(reply.Body), nil
		}
	}
	return "", errors.New("the connection was closed before an answer came")
}

func brokerURL() string {
	if url := os.Getenv("AMQP_URL"); url != "" {
		return url
	}
	return "amqp://guest:guest@127.0.0.1:5672/"
}
