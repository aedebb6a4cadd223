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
      return import(entry(modules[1]))
    })
    .then(function (cli) {
      // Installed under the name of one of RabbitMQ's tools, it is that tool.
      return cli.main(process.argv.slice(2), process.argv[1].split(/[\\/]/).pop())
    })
}

// An installed package has `dist` only. A checkout runs its sources while they are newer than what was built of them.
function entry(fs) {
  var sources = new URL('../src/', import.meta.url)
  var built = ['../dist/command/main.js', '../dist/cli/main.js'].filter(function (path) {
    return fs.existsSync(new URL(path, import.meta.url))
  })[0]
  if (!fs.existsSync(sources)) return built || '../dist/command/main.js'
  if (!built) return '../src/cli/main.ts'
  var builtAt = fs.statSync(new URL(built, import.meta.url)).mtimeMs
  return isNewer(fs, fs.realpathSync(sources), builtAt) ? '../src/cli/main.ts' : built
}

// Whether a source below a directory is newer than a time.
function isNewer(fs, directory, time) {
  return fs.readdirSync(directory, { withFileTypes: true }).some(function (found) {
    var path = directory + '/' + found.name
    if (found.isDirectory()) return isNewer(fs, path, time)
    return /\.ts$/.test(found.name) && !/\.test\.ts$/.test(found.name) && fs.statSync(path).mtimeMs > time
  })
}

run().catch(function (error) {
  console.error(error)
  process.exitCode = 70
})
