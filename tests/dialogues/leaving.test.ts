import { test } from 'node:test'
import { startProcess } from '../kit/server.ts'
import { Stage } from '../kit/stage.ts'

test('RFC 6121 §3.2 and §3.3: contacts hear of an account that the operator deletes while nobody has it in memory', async () => {
  const server = await startProcess()
  const stage = new Stage(server)
  try {
    const [romeo, juliet] = [await stage.actor('romeo'), await stage.actor('juliet')]
    for (const actor of [romeo, juliet]) await actor.connects()
    await stage.befriend(romeo, juliet)
    // Restarted, the server knows of her only what is on disk.
    for (const actor of [romeo, juliet]) await actor.disconnects()
    await server.kill()
    await server.start()
    await romeo.connects()
    await server.command(['account', 'delete', juliet.jid, '--now'])
    await romeo.eventually`<presence type="unsubscribe" from="${juliet.jid}"/>`
    await romeo.eventually`<presence type="unsubscribed" from="${juliet.jid}"/>`
    await romeo.eventually`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${juliet.jid}" subscription="none"/></query></iq>`
  } finally {
    stage.ends()
    await server.stop()
  }
})
