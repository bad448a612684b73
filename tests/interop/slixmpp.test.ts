import { join } from 'node:path'
import { ProgramDevice } from './device.ts'
import { playWith } from './play.ts'

// Debian's own Python, because python3-slixmpp is a package of the system's.
const program = join(import.meta.dirname, 'slixmpp_device.py')

playWith({
  name: 'slixmpp',
  mechanisms: [undefined, 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'],
  over: ['starttls', 'direct'],
  carbons: true,
  device: name => new ProgramDevice(name, ['/usr/bin/python3', program]),
})
