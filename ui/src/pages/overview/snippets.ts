interface Broker {
  readonly host: string
  readonly port: number
}

const url = ({ host, port }: Broker) => `amqp://guest:guest@${host}:${port}/`

/** Programs that connect and publish one message, by language and client. */
export const snippets: Readonly<Record<string, (broker: Broker) => string>> = {
  'Python, pika': (broker) => `import pika

connection = pika.BlockingConnection(pika.URLParameters("${url(broker)}"))
channel = connection.channel()
channel.queue_declare("hello", durable=True)
channel.basic_publish("", "hello", b"Hello")
connection.close()`,
  'JavaScript, amqplib': (broker) => `import amqp from 'amqplib'

const connection = await amqp.connect('${url(broker)}')
const channel = await connection.createConfirmChannel()
await channel.assertQueue('hello')
channel.sendToQueue('hello', Buffer.from('Hello'))
await channel.waitForConfirms()
await connection.close()`,
  'Java, amqp-client': (broker) => `var factory = new ConnectionFactory();
factory.setUri("${url(broker)}");
try (var connection = factory.newConnection(); var channel = connection.createChannel()) {
  channel.queueDeclare("hello", true, false, false, null);
  channel.basicPublish("", "hello", null, "Hello".getBytes());
}`,
  'C#, RabbitMQ.Client': (broker) => `var factory = new ConnectionFactory { Uri = new Uri("${url(broker)}") };
await using var connection = await factory.CreateConnectionAsync();
await using var channel = await connection.CreateChannelAsync();
await channel.QueueDeclareAsync("hello", durable: true, exclusive: false, autoDelete: false);
await channel.BasicPublishAsync("", "hello", "Hello"u8.ToArray());`,
  'Go, amqp091-go': (broker) => `connection, err := amqp.Dial("${url(broker)}")
channel, err := connection.Channel()
_, err = channel.QueueDeclare("hello", true, false, false, false, nil)
err = channel.PublishWithContext(ctx, "", "hello", false, false, amqp.Publishing{Body: []byte("Hello")})`,
  'Ruby, Bunny': (broker) => `connection = Bunny.new("${url(broker)}").start
channel = connection.create_channel
channel.queue("hello", durable: true).publish("Hello")
connection.close`,
  'PHP, php-amqplib': ({ host, port }) => `$connection = new AMQPStreamConnection('${host}', ${port}, 'guest', 'guest');
$channel = $connection->channel();
$channel->queue_declare('hello', false, true, false, false);
$channel->basic_publish(new AMQPMessage('Hello'), '', 'hello');
$connection->close();`,
  'Rust, lapin': (
    broker,
  ) => `let connection = Connection::connect("${url(broker)}", ConnectionProperties::default()).await?;
let channel = connection.create_channel().await?;
channel.queue_declare("hello", QueueDeclareOptions { durable: true, ..Default::default() }, FieldTable::default()).await?;
channel.basic_publish("", "hello", BasicPublishOptions::default(), b"Hello", BasicProperties::default()).await?;`,
  'Elixir, AMQP': (broker) => `{:ok, connection} = AMQP.Connection.open("${url(broker)}")
{:ok, channel} = AMQP.Channel.open(connection)
AMQP.Queue.declare(channel, "hello", durable: true)
AMQP.Basic.publish(channel, "", "hello", "Hello")`,
  'Shell, curl': ({
    host,
  }) => `curl -u guest:guest -X POST http://${host}:15672/api/exchanges/%2F/amq.default/publish \\
  -d '{"routing_key": "hello", "payload": "Hello", "payload_encoding": "string", "properties": {}}'`,
}
