# What a Ruby application does with Bunny, one line printed for each thing that worked.
require "bunny"
$stdout.sync = true

connection = Bunny.new(ARGV.fetch(0), automatically_recover: false)
connection.start
channel = connection.create_channel

queue = channel.queue("", exclusive: true)
exchange = channel.topic("bunny.check", auto_delete: true)
queue.bind(exchange, routing_key: "orders.*")
channel.confirm_select
10.times { |n| exchange.publish("order #{n}", routing_key: "orders.new", persistent: true, headers: { "n" => n }) }
puts "confirmed: #{channel.wait_for_confirms}"
exchange.publish("nowhere", routing_key: "bills.new")

taken = Queue.new
consumer = queue.subscribe(manual_ack: true) do |delivery, properties, body|
  channel.ack(delivery.delivery_tag)
  taken << [properties.headers["n"], body]
end
bodies = Array.new(10) { taken.pop }
puts "consumed: #{bodies == Array.new(10) { |n| [n, "order #{n}"] }}"
consumer.cancel

returned = Queue.new
exchange.on_return { |info, _properties, body| returned << [info.reply_code, info.reply_text, body] }
exchange.publish("back", routing_key: "bills.new", mandatory: true)
puts "returned: #{returned.pop.inspect}"

queue.publish("one")
channel.wait_for_confirms
delivery, properties, body = queue.pop(manual_ack: true)
channel.nack(delivery.delivery_tag, false, true)
again, = queue.pop
puts "polled: #{body}, content type #{properties[:content_type]}, redelivered #{again[:redelivered]}"
puts "empty: #{queue.pop.inspect}"

begin
  connection.create_channel.queue("bunny.is.missing", passive: true)
rescue Bunny::NotFound => e
  puts "missing: #{e.message}"
end
begin
  2.times { |n| connection.create_channel.queue("bunny.declared", exclusive: true, auto_delete: n == 1) }
rescue Bunny::PreconditionFailed => e
  puts "unequal: #{e.message[0, 47]}"
end

transaction = connection.create_channel
transaction.tx_select
transaction.default_exchange.publish("never", routing_key: queue.name)
transaction.tx_rollback
transaction.default_exchange.publish("committed", routing_key: queue.name)
transaction.tx_commit
puts "transaction: #{queue.pop.last}"
connection.close
puts "finished"
