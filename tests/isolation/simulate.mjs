// Decides requests, one a line, with an evaluator that is not ours: "Allowed" or what else it says.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await runSimulation(JSON.parse(line), {})
  const found = answer.errors ? answer.errors : (answer.overallResult ?? answer.analysis?.result)
  console.log(JSON.stringify(found))
}
