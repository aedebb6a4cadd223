/**
 * The URL as the routes know it: without the prefix the API is served under, without slashes at the end, and with a
 * `+` in the path read as the space that some clients mean by it (a plus itself is `%2B`). Undefined when the URL does
 * not lie under the prefix.
 */
export function routedUrl(url: string, prefix: string): string | undefined {
  const question = url.indexOf('?')
  const path = question < 0 ? url : url.slice(0, question)
  const query = question < 0 ? '' : url.slice(question)
  if (prefix !== '' && path !== prefix && !path.startsWith(`${prefix}/`)) return undefined
  const inside = path.slice(prefix.length).replaceAll('+', '%20').replace(/\/+$/, '')
  return `${inside === '' ? '/' : inside}${query}`
}
