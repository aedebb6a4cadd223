import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allRoutes } from '../routes/all.ts'
import { bodyFields } from './body-schemas.ts'
import { openApiDocument, openApiPath, subjectOf } from './openapi-document.ts'

/** Something that is whatever is asked of it, so that the routes can be listed without a broker. */
const anything: unknown = new Proxy(() => undefined, { get: () => anything, apply: () => anything })
const routes = allRoutes(anything as never)

test('every route is in the document, with what it is about and each part of its path', () => {
  const { paths } = openApiDocument(routes, '1') as {
    paths: Record<string, Record<string, { summary: string; operationId: string; parameters: { name: string }[] }>>
  }
  const operations = new Set<string>()
  for (const { method, path } of routes) {
    assert.ok(subjectOf(path) !== undefined, `nobody has said what ${path} is about: route-subjects.ts`)
    const operation = paths[openApiPath(path)]?.[method.toLowerCase()]
    assert.ok(operation !== undefined, `${method} ${path}`)
    const named = operation.parameters.map(({ name }) => name)
    for (const [, part] of path.matchAll(/:(\w+)/g)) assert.ok(named.includes(part!), `${path}: ${part}`)
    assert.ok(!operations.has(operation.operationId), operation.operationId)
    operations.add(operation.operationId)
  }
  assert.ok(operations.size > 150)
})

test('bodies are told of no route that is not there', () => {
  const known = new Set(routes.map(({ method, path }) => `${method} ${path}`))
  assert.deepEqual(
    Object.keys(bodyFields).filter((key) => !known.has(key)),
    [],
  )
})
