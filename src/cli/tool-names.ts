/** RabbitMQ's command line tools. Called by one of these names, the program is that tool. */
export const toolNames: readonly string[] = [
  'rabbitmqctl',
  'rabbitmq-diagnostics',
  'rabbitmq-plugins',
  'rabbitmq-queues',
  'rabbitmq-streams',
  'rabbitmq-upgrade',
  'rabbitmqadmin',
]
