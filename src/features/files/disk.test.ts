import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { dialogue } from '../../../tests/kit/cast.ts'
import { exchange, slotFor, uploads } from '../../../tests/kit/uploads.ts'

const data = mkdtempSync(join(tmpdir(), 'sotto-disk-'))
after(() => rmSync(data, { recursive: true, force: true }))

/** The files below the data directory's `files/`. */
const stored = (directory: string) =>
  readdirSync(join(directory, 'files'), { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())

describe('the disk', () => {
  test(
    'gives nothing away, notices what was changed, and loses what was deleted',
    dialogue({ settings: { service: { data: join(data, 'marked') } } }, async ({ romeo, server }) => {
      const mark = 'Had I it written, I would tear the word'
      const body = `${mark} `.repeat(5000)
      const slot = await slotFor(romeo, server.domain, {
        name: 'balcony-scene.mp4',
        size: body.length,
        type: 'video/x-marked',
      })
      await uploads(slot, body, { 'content-type': 'video/x-marked' })
      const secret = /[\w-]{43}/.exec(slot.get)![0]
      const token = slot.headers.Authorization!.split(' ')[1]!
      const everything = readdirSync(join(data, 'marked'), { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name))] as const)
      assert.ok(everything.length > 3)
      const words = [mark, 'balcony-scene', 'x-marked', secret, token].flatMap(word => [
        Buffer.from(word),
        Buffer.from(Buffer.from(word).toString('base64').slice(4, -4)),
        Buffer.from(word, 'utf16le'),
      ])
      const bits = [secret, token].map(word => Buffer.from(word, 'base64url'))
      for (const [name, bytes] of everything) {
        for (const word of [...words, ...bits]) assert.equal(bytes.indexOf(word), -1, name)
      }
      assert.equal((await exchange('GET', slot.get)).body.toString(), body)

      const [file] = stored(join(data, 'marked'))
      const path = join(file!.parentPath, file!.name)
      const sealed = readFileSync(path)
      const bent = (at: number) => {
        const copy = Buffer.from(sealed)
        copy[at] = copy[at]! ^ 1
        return copy
      }
      const chunk = 65_536 + 16
      const from = 32 + 1024
      const swapped = Buffer.concat([
        sealed.subarray(0, from),
        sealed.subarray(from + chunk, from + 2 * chunk),
        sealed.subarray(from, from + chunk),
        sealed.subarray(from + 2 * chunk),
      ])
      for (const [damaged, status] of [
        [bent(0), 500],
        [bent(100), 500],
        [sealed.subarray(0, sealed.length - 1), 500],
        [sealed.subarray(0, from + chunk), 500],
        [sealed.subarray(0, 20), 500],
        [bent(from + chunk + 5), 200],
        [bent(sealed.length - 1), 200],
        [swapped, 200],
      ] as const) {
        writeFileSync(path, damaged)
        const answer = await exchange('GET', slot.get).catch(() => ({ status, whole: false, body: Buffer.alloc(0) }))
        assert.equal(answer.status, status)
        if (status === 200) {
          assert.equal(answer.whole, false)
          assert.ok(body.startsWith(answer.body.toString()))
        }
      }
      writeFileSync(path, sealed)
      assert.equal((await exchange('GET', slot.get)).body.toString(), body)
    }),
  )

  test(
    'wrong by one character is 404, and takes as long as wrong altogether',
    dialogue(async ({ romeo, server }) => {
      const slot = await slotFor(romeo, server.domain, { size: 5 })
      await uploads(slot, '12345')
      const secret = /[\w-]{43}/.exec(slot.get)![0]
      const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
      for (const last of letters) {
        if (secret.endsWith(last)) continue
        const { status } = await exchange('GET', slot.get.replace(secret, secret.slice(0, -1) + last))
        assert.equal(status, 404)
      }
      const close = () => secret.slice(0, -1) + letters[(letters.indexOf(secret.at(-1)!) + 1) % 64]
      const far = () => randomBytes(32).toString('base64url')
      const times: [number[], number[]] = [[], []]
      // In turn, since other things happen on this machine, and the middle of many.
      for (let i = 0; i < 120; i++) {
        const url = slot.get.replace(secret, i % 2 === 0 ? close() : far())
        const before = performance.now()
        await exchange('GET', url)
        times[i % 2]!.push(performance.now() - before)
      }
      const [one, other] = times.map(all => all.sort((a, b) => a - b)[20]!) as [number, number]
      assert.ok(Math.max(one, other) / Math.min(one, other) < 1.5, `${one} ms and ${other} ms`)
    }),
  )
})
