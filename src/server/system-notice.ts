import { execFile } from 'node:child_process'

/**
 * Tells systemd (`Type=notify`) that the broker is ready or about to stop. Node.js has no datagram sockets of the Unix domain, so its
 * own small program does; without NOTIFY_SOCKET, or without that program, nothing happens.
 */
export function notifySystem(what: '--ready' | '--stopping'): void {
  if (process.env.NOTIFY_SOCKET === undefined || process.env.NOTIFY_SOCKET === '') return
  // `--pid` so that it counts as coming from the broker itself.
  execFile('systemd-notify', [what, `--pid=${process.pid}`], () => {}).unref()
}
