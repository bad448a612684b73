import { join } from 'node:path'
import { ProgramDevice } from './device.ts'
import { playWith } from './play.ts'

const program = join(import.meta.dirname, 'nbxmpp_device.py')

// The library under Gajim.
playWith({
  name: 'nbxmpp',
  mechanisms: [undefined, 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'],
  over: ['starttls', 'direct'],
  carbons: true,
  device: name => new ProgramDevice(name, ['/usr/bin/python3', program]),
})
