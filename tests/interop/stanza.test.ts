import { join } from 'node:path'
import { ProgramDevice } from './device.ts'
import { playWith } from './play.ts'

const program = join(import.meta.dirname, 'stanza-device.mjs')

// It has no setting to accept the self-signed certificate of a test.
const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' }

for (const over of ['websocket', 'bosh'] as const)
  playWith({
    name: `stanza over ${over}`,
    mechanisms: [undefined, 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'],
    over: [over],
    carbons: true,
    device: name => new ProgramDevice(name, [process.execPath, program], env),
  })
