#!/usr/bin/env node
// Written for every Node.js there is, so that an old one is told what is wrong instead of failing on syntax.

var needed = [22, 18]
var found = process.versions.node.split('.').map(Number)

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  console.error('lapine needs Node.js ' + needed.join('.') + ' or later; this is ' + process.versions.node + '.')
  process.exit(1)
}

function run() {
  return Promise.all([import('node:module'), import('node:fs')])
    .then(function (modules) {
      modules[0].enableCompileCache()
      return import(isBuilt(modules[1]) ? '../dist/cli/main.js' : '../src/cli/main.ts')
    })
    .then(function (cli) {
      return cli.main(process.argv.slice(2))
    })
}

// An installed package has `dist` only. A checkout runs its sources while they are newer than what was built of them.
function isBuilt(fs) {
  var sources = new URL('../src/', import.meta.url)
  if (!fs.existsSync(sources)) return true
  var built = fs.statSync(new URL('../dist/cli/main.js', import.meta.url), { throwIfNoEntry: false })
  if (!built) return false
  return fs.readdirSync(sources, { recursive: true }).every(function (path) {
    return !/\.ts$/.test(path) || fs.statSync(new URL(path, sources)).mtimeMs <= built.mtimeMs
  })
}

run().catch(function (error) {
  console.error(error)
  process.exitCode = 70
})
