import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { JsonObject } from '../std/json.ts'

/** What can be done with a node whose application is stopped. */
export interface StoppedNode {
  readonly version: string
  /** `stopping`, `stopped`, `starting`. */
  readonly state: string
  /** Rejects with why it cannot. */
  startApplication(): Promise<void>
  /** Deletes everything that was kept. Rejects unless the application is stopped. */
  reset(): Promise<void>
  stop(): void
}

/** Answers at the control socket while the application does not run: the few requests that `rabbitmqctl` then has. */
export function stoppedNodeAnswers(node: StoppedNode): RequestListener {
  return (request, response) => {
    answer(node, request).then(
      ([status, body]) => send(response, status, body),
      (error: Error) => send(response, 500, { error: 'failed', reason: error.message }),
    )
  }
}

async function answer(node: StoppedNode, { method, url }: IncomingMessage): Promise<[number, JsonObject | string]> {
  switch (`${method} ${url}`) {
    case 'GET /api/version':
      return [200, node.version]
    case 'GET /api/x/node':
      return [200, { running: false, state: node.state }]
    case 'POST /api/x/node/stop-app':
      return [200, {}]
    case 'POST /api/x/node/start-app':
      await node.startApplication()
      return [200, {}]
    case 'POST /api/x/node/reset':
      await node.reset()
      return [200, {}]
    case 'POST /api/x/node/stop':
      node.stop()
      return [200, {}]
    default:
      return [
        503,
        { error: 'unavailable', reason: 'this command requires the application to run: start_app starts it' },
      ]
  }
}

function send(response: ServerResponse, status: number, body: JsonObject | string): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body))
}
