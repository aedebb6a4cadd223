/** The parameters of a path that fits a pattern (`/queues/:vhost/:queue`); undefined when it does not. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [n, segment] of wanted.entries()) {
    const text = unescaped(given[n]!)
    if (segment.startsWith(':')) params[segment.slice(1)] = text
    else if (segment !== text) return undefined
  }
  return params
}

function unescaped(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
