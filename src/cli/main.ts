/** What `bin/sotto` runs. */

import { commands } from './commands.ts'
import { run } from './run.ts'
import { processTerminal } from './terminal.ts'

// By `exit`, because a start that failed half-way leaves threads and sockets behind that would keep the process.
process.exit(await run(process.argv.slice(2), commands, processTerminal()))
