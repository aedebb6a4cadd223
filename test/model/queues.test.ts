import { describe, it } from 'node:test'
import { compareWithModel, modelSubjects } from './model-campaign.ts'

/** Many more: `npm run prove:model`. */
const runs = 40

describe('a queue does what the model allows', () => {
  for (const [what, rules] of modelSubjects) {
    it(`as ${what}`, () => compareWithModel(rules, { runs, commands: 100 }))
  }
})
