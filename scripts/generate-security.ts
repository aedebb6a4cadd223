import { advisories, evidence, reasonOf, threats } from '../test/security/answers.ts'

const made =
  'Made by `npm run generate` from `test/security`; `test/security/answers.test.ts` holds it to the tests there are.'

/** `docs/security/advisories.md`. */
export function advisoriesPage(): string {
  const rows = advisories.map(
    (advisory) =>
      `| ${advisory.id} | ${advisory.severity} | ${advisory.part} | ${advisory.what} | ${answerOf(advisory)} |`,
  )
  const tested = advisories.filter(({ tests }) => tests !== undefined).length
  return `# Published advisories

What was found in RabbitMQ and the software around it, and how Lapine answers it: with tests, with a reason why it does
not apply, or with both where the flaw is of something Lapine does not have but the thought behind it applies.
${advisories.length} advisories: ${tested} with tests, ${advisories.length - tested} by a reason alone. A reason that says that something is not there holds
only while it is not; whoever adds it replaces the reason by tests.

${made}

| advisory | severity | found in | what went wrong | here |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

${testsOf(advisories)}`
}

/** `docs/security/threats.md`. */
export function threatsPage(): string {
  const rows = threats.map((threat) => `| ${threat.id} | ${threat.what} | ${answerOf(threat)} |`)
  return `# Threats

What somebody could try against a broker, and the tests that show what comes of it. Tests are named in the list below the
table. The longer campaigns behind them, and their figures, are in [fuzzing.md](fuzzing.md); advisories of others in
[advisories.md](advisories.md).

${made}

| | threat | here |
| --- | --- | --- |
${rows.join('\n')}

${testsOf(threats)}`
}

type Answered = (typeof advisories | typeof threats)[number]

function answerOf(answer: Answered): string {
  const tests = (answer.tests ?? []).join('; ')
  return [tests, reasonOf(answer)].filter((part) => part !== undefined && part !== '').join('. ')
}

function testsOf(answers: readonly Answered[]): string {
  const named = new Set(answers.flatMap(({ tests }) => tests ?? []))
  const rows = Object.entries(evidence)
    .filter(([name]) => named.has(name))
    .map(([name, [path, title]]) => `| ${name} | \`${path}\` | ${title.replaceAll('|', '\\|')} |`)
  return `## Tests

| test | file | title |
| --- | --- | --- |
${rows.join('\n')}
`
}
