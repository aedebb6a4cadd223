import { vhost } from '../router/location.ts'
import { useLive } from './live.ts'
import { begun } from './stream.ts'

/** Names of the virtual hosts one may see; those of whom one thing is known for sure while they are not there yet. */
export function useVhosts(known: readonly string[] = []): readonly string[] {
  const vhosts = useLive<readonly { readonly name: string }[]>(begun.value ? '/vhosts?columns=name' : undefined).data
    .value
  return [...new Set([...(vhosts?.map(({ name }) => name) ?? []), ...known])]
}

/** Whether lists show things of several virtual hosts. */
export function useSeveralVhosts(): boolean {
  const several = useVhosts().length > 1
  return vhost.value === undefined && several
}
