// Publisher confirms: sends messages that matter and does not believe they are safe until the broker says so.
//
//	cd examples/go && go run ./publisher_confirms [COUNT]
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	count := 1000
	if len(os.Args) > 1 {
		var err error
		if count, err = strconv.Atoi(os.Args[1]); err != nil {
			return err
		}
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
	// From here on the broker answers every publish, at the latest when the message is on disk.
	if err := channel.Confirm(false); err != nil {
		return err
	}
	queue, err := channel.QueueDeclare("", true, false, true, false, nil)
	if err != nil {
		return err
	}
	if err := oneByOne(channel, queue.Name, min(count, 10)); err != nil {
		return err
	}
	if err := inFlight(channel, queue.Name, count); err != nil {
		return err
	}
	counted, err := channel.QueueDeclarePassive(queue.Name, true, false, true, false, nil)
	if err != nil {
		return err
	}
	fmt.Println("in the queue:", counted.Messages)
	return nil
}

// The simple way: wait after each message. Safe, and as slow as the disk.
func oneByOne(channel *amqp.Channel, queue string, count int) error {
	for number := 1; number <= count; number++ {
		confirmation, err := send(channel, queue, fmt.Sprintf("careful %d", number))
		if err != nil {
			return err
		}
		if !confirmation.Wait() {
			return fmt.Errorf("message %d was refused", number)
		}
	}
	fmt.Println("confirmed one by one:", count)
	return nil
}

// The fast way: send everything, then look at what became of each message.
func inFlight(channel *amqp.Channel, queue string, count int) error {
	confirmations := make([]*amqp.DeferredConfirmation, 0, count)
	for number := 1; number <= count; number++ {
		confirmation, err := send(channel, queue, fmt.Sprintf("quick %d", number))
		if err != nil {
			return err
		}
		confirmations = append(confirmations, confirmation)
	}
	confirmed := 0
	for _, confirmation := range confirmations {
		if confirmation.Wait() {
			confirmed++
		}
	}
	fmt.Printf("confirmed in flight: %d, refused: %d\n", confirmed, count-confirmed)
	return nil
}

func send(channel *amqp.Channel, queue, body string) (*amqp.DeferredConfirmation, error) {
	message := amqp.Publishing{DeliveryMode: amqp.Persistent, ContentType: "text/plain", Body: []byte(body)}
	return channel.PublishWithDeferredConfirmWithContext(context.Background(), "", queue, false, false, message)
}

func brokerURL() string {
	if url := os.Getenv("AMQP_URL"); url != "" {
		return url
	}
	return "amqp://guest:guest@127.0.0.1:5672/"
}
