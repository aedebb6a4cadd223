#!/usr/bin/env node
// Written for every Node.js there is, so that an old one is told what is wrong instead of failing on syntax.

var needed = [22, 18]
var found = process.versions.node.split('.').map(Number)

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  console.error('lapine needs Node.js ' + needed.join('.') + ' or later; this is ' + process.versions.node + '.')
  process.exit(1)
}

function run() {
  return import('node:module')
    .then(function (module) {
      module.enableCompileCache()
      return import('../dist/cli/main.js').catch(function (error) {
        // A checkout that was never built runs its sources.
        if (error.code !== 'ERR_MODULE_NOT_FOUND' || !/dist[\\/]cli[\\/]main\.js/.test(error.message)) throw error
        return import('../src/cli/main.ts')
      })
    })
    .then(function (cli) {
      return cli.main(process.argv.slice(2))
    })
}

run().catch(function (error) {
  console.error(error)
  process.exitCode = 70
})
