/** Pages of RabbitMQ's UI that have another address here; the others have the same. */
const moved: readonly (readonly [was: RegExp, is: string])[] = [
  [/^#\/(users|vhosts|policies|definitions)$/, '#/admin/$1'],
  [/^#\/limits$/, '#/admin/vhosts'],
  [/^#\/(feature-flags|deprecated-features)$/, '#/admin/cluster?tab=$1'],
  [/^#\/users\/(.+)$/, '#/admin/users/$1'],
  [/^#\/vhosts\/(.+)$/, '#/admin/vhosts/$1'],
  [/^#\/(policies|operator-policies)\/(.+)$/, '#/admin/policies'],
  [/^#\/operator-policies$/, '#/admin/policies'],
  [/^#\/cluster-name$/, '#/admin/cluster'],
  [/^#\/nodes\/.+$/, '#/admin/cluster'],
  [/^#\/(import-succeeded|login\/.*|logout)$/, '#/'],
]

/** Where a link of RabbitMQ's UI leads here; undefined when it is the same or none of its. */
export function currentRoute(hash: string): string | undefined {
  for (const [was, is] of moved) {
    if (was.test(hash)) return hash.replace(was, is)
  }
  return undefined
}
