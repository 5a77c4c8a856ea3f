/** What helm/k2 renders is what Kubernetes' types know. Needs helm and go. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { CHART, readByTypes, template } from '../worlds/helm.ts'

const folder = await mkdtemp(join(tmpdir(), 'k2-manifests-'))
after(() => rm(folder, { recursive: true }))

async function judged(name: string, text: string): Promise<ReturnType<typeof readByTypes>> {
  const file = join(folder, name)
  await writeFile(file, text)
  return readByTypes(file)
}

const rendered = (name: string): string => template('-f', join(CHART, 'ci', name)).out

for (const name of await readdir(join(CHART, 'ci')))
  test(`${name}: every word is known`, async () => {
    const { code, out } = await judged(name, rendered(name))
    assert.equal(code, 0, out)
    // KEDA's types are not read: they would bring hundreds of modules.
    assert.match(out, /^read: \d\d.* not read: map\[(keda\.sh\/v1alpha1 ScaledObject:1)?\]$/m)
  })

test('a word that is misspelt is found', async () => {
  const { code, out } = await judged('misspelt', rendered('least.yaml').replace('readinessProbe:', 'readynessProbe:'))
  assert.equal(code, 1)
  assert.match(out, /unknown field "readynessProbe"/)
})
