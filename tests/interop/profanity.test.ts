import { playWith } from './play.ts'
import { Profanity } from './profanity.ts'

// It takes the strongest mechanism on offer and cannot be told otherwise, and trusts a self-signed certificate only
// with STARTTLS.
playWith({
  name: 'profanity',
  mechanisms: [undefined],
  over: ['starttls'],
  carbons: true,
  device: name => new Profanity(name),
})
