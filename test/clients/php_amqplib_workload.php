<?php
// What a PHP application does with php-amqplib, one line printed for each thing that worked.
require_once getenv('PHP_AMQPLIB_AUTOLOAD') ?: 'PhpAmqpLib/autoload.php';

use PhpAmqpLib\Connection\AMQPStreamConnection;
use PhpAmqpLib\Exception\AMQPProtocolChannelException;
use PhpAmqpLib\Message\AMQPMessage;
use PhpAmqpLib\Wire\AMQPTable;

$url = parse_url($argv[1]);
$connection = new AMQPStreamConnection($url['host'], $url['port'] ?? 5672, $url['user'] ?? 'guest', $url['pass'] ?? 'guest');
$channel = $connection->channel();

[$queue] = $channel->queue_declare('', false, false, true, false, false, new AMQPTable(['x-max-length' => 100]));
$channel->exchange_declare('php.check', 'direct', false, false, true);
$channel->queue_bind($queue, 'php.check', 'key');

$confirmed = 0;
$channel->confirm_select();
$channel->set_ack_handler(function () use (&$confirmed) { $confirmed++; });
for ($n = 0; $n < 10; $n++) {
    $properties = ['delivery_mode' => AMQPMessage::DELIVERY_MODE_PERSISTENT, 'application_headers' => new AMQPTable(['n' => $n])];
    $channel->basic_publish(new AMQPMessage("message $n", $properties), 'php.check', 'key');
}
$channel->wait_for_pending_acks(10);
echo "confirmed: $confirmed\n";

$taken = [];
$channel->basic_qos(0, 5, false);
$tag = $channel->basic_consume($queue, '', false, false, false, false, function (AMQPMessage $message) use (&$taken) {
    $headers = $message->get('application_headers')->getNativeData();
    $taken[] = [$headers['n'], $message->getBody()];
    $message->ack();
});
while (count($taken) < 10) {
    $channel->wait(null, false, 10);
}
$channel->basic_cancel($tag);
echo 'consumed: ', json_encode($taken === array_map(fn ($n) => [$n, "message $n"], range(0, 9))), "\n";

$returned = null;
$channel->set_return_listener(function ($code, $text, $exchange, $key, $message) use (&$returned) {
    $returned = "$code $text $key " . $message->getBody();
});
$channel->basic_publish(new AMQPMessage('back'), 'php.check', 'nowhere', true);
$channel->wait_for_pending_acks_returns(10);
echo "returned: $returned\n";

$large = str_repeat('lapine ', 300000);
$channel->basic_publish(new AMQPMessage($large), 'php.check', 'key');
$channel->wait_for_pending_acks(10);
$message = $channel->basic_get($queue);
echo 'large: ', json_encode($message->getBody() === $large), "\n";
$channel->basic_reject($message->getDeliveryTag(), true);
echo 'redelivered: ', json_encode($channel->basic_get($queue, true)->isRedelivered()), "\n";

try {
    $connection->channel()->exchange_declare('php.is.missing', 'direct', true);
} catch (AMQPProtocolChannelException $e) {
    echo "missing: {$e->getMessage()}\n";
}

$transaction = $connection->channel();
$transaction->tx_select();
$transaction->basic_publish(new AMQPMessage('never'), '', $queue);
$transaction->tx_rollback();
$transaction->basic_publish(new AMQPMessage('committed'), '', $queue);
$transaction->tx_commit();
echo 'transaction: ', $transaction->basic_get($queue, true)->getBody(), "\n";
$connection->close();
echo "finished\n";
