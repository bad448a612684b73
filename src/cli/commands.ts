/** All commands, in the order of the help. */

import { accountCommands } from './account.ts'
import { audit } from './audit.ts'
import type { Command } from './command.ts'
import { configCommands } from './config.ts'
import { doctor } from './doctor.ts'
import { domainCommands } from './domain.ts'
import { expire } from './expire.ts'
import { inviteCommands } from './invite.ts'
import { markCommands } from './mark.ts'
import { policy } from './policy.ts'
import { reportCommands } from './report.ts'
import { roomCommands } from './room.ts'
import { serve } from './serve.ts'

export const commands: readonly Command[] = [
  serve,
  ...configCommands,
  ...accountCommands,
  ...markCommands,
  ...roomCommands,
  ...inviteCommands,
  ...reportCommands,
  ...domainCommands,
  audit,
  expire,
  policy,
  doctor,
]
