/** The oldest that this runs on; `engines` of package.json says the same. */
const needed = [22, 18] as const

/** Throws an Error that says what is needed, where the Node.js that runs this is older. */
export function refuseOldNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) return
  throw new Error(`lapine needs Node.js ${needed.join('.')} or later; this is ${version}.`)
}
