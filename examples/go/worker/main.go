// Work queues, the side that does the work. Start several: each takes one task at a time.
// Every dot in a task stands for a second of work (SECONDS_PER_DOT sets another length).
//
//	cd examples/go && go run ./worker
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"time"

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
	if _, err := channel.QueueDeclare("task_queue", true, false, false, false, nil); err != nil {
		return err
	}
	// No second task before the first is acknowledged: a busy worker leaves the rest to its colleagues.
	if err := channel.Qos(1, 0, false); err != nil {
		return err
	}
	tasks, err := channel.Consume("task_queue", "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	fmt.Println("waiting for tasks, Ctrl-C ends")
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	for {
		select {
		case task, open := <-tasks:
			if !open {
				return errors.New("the broker closed the connection")
			}
			fmt.Printf("working on: %s\n", task.Body)
			time.Sleep(time.Duration(bytes.Count(task.Body, []byte("."))) * secondsPerDot())
			fmt.Printf("done: %s\n", task.Body)
			// Only now is the task forgotten. Had we died before, another worker would have got it.
			if err := task.Ack(false); err != nil {
				return err
			}
		case <-interrupted:
			return nil
		}
	}
}

func secondsPerDot() time.Duration {
	seconds, err := strconv.ParseFloat(os.Getenv("SECONDS_PER_DOT"), 64)
	if err != nil {
		seconds = 1
	}
	return time.Duration(seconds * float64(time.Second))
}

func brokerURL() string {
	if url := os.Getenv("AMQP_URL"); url != "" {
		return url
	}
	return "amqp://guest:guest@127.0.0.1:5672/"
}
