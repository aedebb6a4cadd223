// Remote calls, the answering side: computes factorials for whoever asks by the queue "rpc_queue".
//
//	cd examples/go && go run ./rpc_server
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/big"
	"os"
	"os/signal"
	"strconv"

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
	if _, err := channel.QueueDeclare("rpc_queue", false, false, false, false, nil); err != nil {
		return err
	}
	// Several servers share the work evenly when each holds one request at a time.
	if err := channel.Qos(1, 0, false); err != nil {
		return err
	}
	requests, err := channel.Consume("rpc_queue", "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	fmt.Println("waiting for questions, Ctrl-C ends")
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	for {
		select {
		case request, open := <-requests:
			if !open {
				return errors.New("the broker closed the connection")
			}
			if err := answer(channel, request); err != nil {
				return err
			}
		case <-interrupted:
			return nil
		}
	}
}

func answer(channel *amqp.Channel, request amqp.Delivery) error {
	result := answerTo(string(request.Body))
	fmt.Printf("asked for %s!, answering %s\n", request.Body, result)
	reply := amqp.Publishing{
		ContentType: "text/plain",
		// The correlation id lets the client tell which of its questions this answers.
		CorrelationId: request.CorrelationId,
		Body:          []byte(result),
	}
	if err := channel.PublishWithContext(context.Background(), "", request.ReplyTo, false, false, reply); err != nil {
		return err
	}
	return request.Ack(false)
}

func answerTo(question string) string {
	number, err := strconv.ParseInt(question, 10, 64)
	if err != nil || number < 0 || number > 1000 {
		return "that is no number I can work with"
	}
	return new(big.Int).MulRange(1, number).String()
}

func brokerURL() string {
	if url := os.Getenv("AMQP_URL"); url != "" {
		return url
	}
	return "amqp://guest:guest@127.0.0.1:5672/"
}
