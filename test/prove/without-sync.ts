import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/**
 * Loaded into a broker ahead of everything else, this takes away what makes its writes durable: files
 * are opened without `O_DSYNC`, and syncing does nothing but succeed. A proof that misses it proves nothing.
 */
const durable = (fs.constants.O_DSYNC ?? 0) | (fs.constants.O_SYNC ?? 0)

const open = fs.open as (...args: unknown[]) => void
fs.open = ((path: unknown, flags: unknown, ...rest: unknown[]) =>
  open(path, typeof flags === 'number' ? flags & ~durable : flags, ...rest)) as typeof fs.open

const succeed = (...args: unknown[]): void => {
  setImmediate(args.at(-1) as (error: null) => void, null)
}
fs.fsync = succeed as unknown as typeof fs.fsync
fs.fdatasync = succeed as unknown as typeof fs.fdatasync
fs.fsyncSync = () => {}
fs.fdatasyncSync = () => {}
syncBuiltinESMExports()
