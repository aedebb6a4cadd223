#!/bin/sh
# `rabbitmq-server`, or options alone, start the broker; anything else is run as it is.
set -e
case "${1:-rabbitmq-server}" in
  rabbitmq-server) [ $# -eq 0 ] || shift ;;
  -*) ;;
  *)
    # Called as rabbitmq-server itself, by its link.
    [ "${0##*/}" = rabbitmq-server ] || exec "$@"
    ;;
esac
# The main file is optional, as in the image of RabbitMQ; a variable of the user's own wins.
if [ -z "$RABBITMQ_CONFIG_FILE" ] && [ -f /etc/rabbitmq/rabbitmq.conf ]; then
  export RABBITMQ_CONFIG_FILE=/etc/rabbitmq/rabbitmq.conf
fi
exec lapine start "$@"
