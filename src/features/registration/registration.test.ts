import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { dialogue } from '../../../tests/kit/cast.ts'
import { Client, SignInRefused } from '../../../tests/kit/client.ts'
import type { TestServer } from '../../../tests/kit/server.ts'
import type { Tree } from '../../../tests/kit/tree.ts'

const refused = (answer: Tree, condition: string, text?: string) => {
  assert.equal(answer.attr('type'), 'error')
  const error = answer.need('error')
  assert.equal(error.elements()[0]?.name, condition)
  if (text !== undefined) assert.equal(error.need('text').text(), text)
}
const open = { registration: { open: true } }
const visitor = ({ host, ports, domain }: TestServer) => Client.connect({ host, ports, domain })
const freshName = () => `bill-${randomBytes(4).toString('hex')}`
const fields = (username: string, password: string) =>
  `<query xmlns="jabber:iq:register"><username>${username}</username><password>${password}</password></query>`

describe('signing up', () => {
  test(
    'XEP-0077#usecases-register: asks for the fields, fills them in, signs in on the same stream',
    dialogue({ settings: open }, async ({ server }) => {
      const client = await visitor(server)
      assert.ok(client.features.child('register', 'http://jabber.org/features/iq-register'))
      const form = await client.ask('get', '<query xmlns="jabber:iq:register"/>', server.domain)
      const query = form.need('query', 'jabber:iq:register')
      assert.deepEqual(
        query.elements().map(field => field.name),
        ['instructions', 'username', 'password'],
      )
      const username = freshName()
      const done = await client.ask('set', fields(username, 'Calliope'), server.domain)
      assert.equal(done.attr('type'), 'result')
      await client.signIn({ username, password: 'Calliope' })
      assert.equal(await client.bind('globe'), `${username}@${server.domain}/globe`)
      client.drop()
    }),
  )

  test(
    'RFC 7622 §3.3: the name is prepared',
    dialogue({ settings: open }, async ({ server }) => {
      const client = await visitor(server)
      const username = freshName()
      assert.equal((await client.ask('set', fields(username.toUpperCase(), 'Calliope'))).attr('type'), 'result')
      await client.signIn({ username, password: 'Calliope' })
      client.drop()
    }),
  )

  test(
    'XEP-0077#usecases-register: a taken name',
    dialogue({ settings: open }, async ({ juliet, server }) => {
      const client = await visitor(server)
      refused(await client.ask('set', fields(juliet.username, 'm1cro$oft')), 'conflict')
      await assert.rejects(client.signIn({ username: juliet.username, password: 'm1cro$oft' }), SignInRefused)
      client.drop()
    }),
  )

  test(
    'XEP-0077#usecases-register: what is missing, unfit or weak is told in words that apps know',
    dialogue({ settings: open }, async ({ server }) => {
      const client = await visitor(server)
      const ask = (inside: string) => client.ask('set', `<query xmlns="jabber:iq:register">${inside}</query>`)
      const username = `<username>${freshName()}</username>`
      refused(await ask(username), 'not-acceptable')
      refused(await ask(`${username}<password/>`), 'not-acceptable')
      refused(await ask('<password>Calliope</password>'), 'not-acceptable')
      refused(await ask('<username/><password>Calliope</password>'), 'not-acceptable')
      refused(await ask(`${username}<password>short</password>`), 'not-acceptable', 'Please use a longer password.')
      refused(await ask('<username>a@b</username><password>Calliope</password>'), 'not-acceptable')
      refused(await ask('<username>b\u{130}ll</username><password>Calliope</password>'), 'not-acceptable')
      client.drop()
    }),
  )

  test(
    'XEP-0077#usecases-cancel: who is not signed in has nothing to cancel',
    dialogue({ settings: open }, async ({ server }) => {
      const client = await visitor(server)
      const answer = await client.ask('set', '<query xmlns="jabber:iq:register"><remove/></query>')
      refused(answer, 'unexpected-request')
      client.drop()
    }),
  )

  test(
    'is rare from one network; asking for names that are taken counts, mistakes do not',
    dialogue({ settings: { ...open, limits: { enabled: true } } }, async ({ server }) => {
      const taken = freshName()
      await server.createAccount(taken, 'Calliope')
      const ask = async (username: string, password: string) => {
        const client = await visitor(server)
        const answer = await client.ask('set', fields(username, password))
        client.drop()
        return answer
      }
      for (let i = 0; i < 6; i++) refused(await ask(freshName(), 'short'), 'not-acceptable')
      refused(await ask(taken, 'Calliope'), 'conflict')
      for (let i = 0; i < 4; i++) assert.equal((await ask(freshName(), 'Calliope')).attr('type'), 'result')
      const answer = await ask(freshName(), 'Calliope')
      refused(answer, 'resource-constraint')
      assert.equal(answer.need('error').attr('type'), 'wait')
    }),
  )

  test(
    'is closed unless the operator opens it',
    dialogue(async ({ server }) => {
      const client = await visitor(server)
      // Apps look for this before they show an invitation (XEP-0445#discover).
      assert.ok(client.features.child('register', 'urn:xmpp:ibr-token:0'))
      const username = freshName()
      refused(await client.ask('get', '<query xmlns="jabber:iq:register"/>'), 'not-allowed')
      refused(await client.ask('set', fields(username, 'Calliope')), 'not-allowed')
      await assert.rejects(client.signIn({ username, password: 'Calliope' }), SignInRefused)
      client.drop()
    }),
  )
})

describe('changing the password', () => {
  test(
    'XEP-0077#usecases-register: who has an account is told so',
    dialogue(async ({ juliet, server }) => {
      for (const to of [undefined, server.domain, juliet.jid]) {
        const address = to === undefined ? '' : ` to="${to}"`
        const answer = await juliet.asks(`<iq type="get"${address}><query xmlns="jabber:iq:register"/></iq>`)
        const query = answer.need('query')
        assert.ok(query.child('registered'))
        assert.equal(query.need('username').text(), juliet.username)
        assert.equal(query.need('password').text(), '')
      }
    }),
  )

  test(
    'XEP-0077#usecases-changepw: the new password lets in, the old one no longer does',
    dialogue(async ({ juliet, server }) => {
      const answer = await juliet.asks(
        `<iq type="set" to="${server.domain}">${fields(juliet.username, 'newpassword')}</iq>`,
      )
      assert.equal(answer.attr('type'), 'result')
      const client = await visitor(server)
      await assert.rejects(client.signIn({ username: juliet.username, password: juliet.password }), SignInRefused)
      client.drop()
      const other = await visitor(server)
      await other.signIn({ username: juliet.username, password: 'newpassword' })
      other.drop()
    }),
  )

  test(
    'XEP-0077#usecases-changepw: what is refused changes nothing, and no password comes back',
    dialogue(async ({ juliet, romeo, server }) => {
      const change = async (inside: string) => {
        const answer = await juliet.asks(
          `<iq type="set" to="${server.domain}"><query xmlns="jabber:iq:register">${inside}</query></iq>`,
        )
        assert.equal(answer.child('query'), undefined)
        return answer
      }
      const username = `<username>${juliet.username}</username>`
      refused(await change(username), 'bad-request')
      refused(await change(`${username}<password/>`), 'bad-request')
      refused(await change('<password>newpassword</password>'), 'bad-request')
      refused(await change(`${username}<password>short</password>`), 'not-acceptable', 'Please use a longer password.')
      refused(await change(`<username>${romeo.username}</username><password>newpassword</password>`), 'not-allowed')
      for (const { username, password } of [juliet, romeo]) {
        const client = await visitor(server)
        await client.signIn({ username, password })
        client.drop()
      }
    }),
  )

  test(
    'is for the owner alone, and tells nobody whether there is an account',
    dialogue(async ({ juliet, romeo, server }) => {
      for (const to of [juliet.jid, `nobody@${server.domain}`]) {
        refused(
          await romeo.asks(`<iq type="set" to="${to}">${fields(juliet.username, 'newpassword')}</iq>`),
          'service-unavailable',
        )
        refused(
          await romeo.asks(`<iq type="get" to="${to}"><query xmlns="jabber:iq:register"/></iq>`),
          'service-unavailable',
        )
      }
    }),
  )

  test(
    'happens so many times an hour',
    dialogue({ settings: { limits: { enabled: true } } }, async ({ juliet, server }) => {
      const change = () =>
        juliet.asks(`<iq type="set" to="${server.domain}">${fields(juliet.username, juliet.password)}</iq>`)
      for (let i = 0; i < 10; i++) assert.equal((await change()).attr('type'), 'result')
      refused(await change(), 'resource-constraint')
    }),
  )
})

describe('leaving', () => {
  const remove = '<query xmlns="jabber:iq:register"><remove/></query>'

  test(
    'XEP-0077#usecases-cancel: the result comes first, then all streams end, then the account is gone',
    dialogue(async ({ juliet, julietsPhone, server }) => {
      await juliet.asks`<iq type="set"><vCard xmlns="vcard-temp"><FN>Juliet</FN></vCard></iq>`
      const answer = await juliet.asks(`<iq type="set">${remove}</iq>`)
      assert.equal(answer.attr('type'), 'result')
      await juliet.isCutOff('not-authorized')
      await julietsPhone.isCutOff('not-authorized')
      const client = await visitor(server)
      await assert.rejects(client.signIn({ username: juliet.username, password: juliet.password }), SignInRefused)
      client.drop()
    }),
  )

  test(
    'XEP-0077#usecases-cancel: contacts see them go, and no subscription stays behind',
    dialogue(
      {
        friends: [
          ['romeo', 'juliet'],
          ['nurse', 'juliet'],
        ],
        offline: ['nurse'],
      },
      async ({ romeo, nurse, juliet }) => {
        await juliet.asks(`<iq type="set">${remove}</iq>`)
        await juliet.isCutOff('not-authorized')
        await romeo.eventually`<presence type="unavailable" from="${juliet.fullJid}"/>`
        await romeo.eventually`<presence type="unsubscribe" from="${juliet.jid}"/>`
        await romeo.eventually`<presence type="unsubscribed" from="${juliet.jid}"/>`
        await romeo.eventually`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${juliet.jid}" subscription="none"/></query></iq>`
        await nurse.connects()
        for (const actor of [romeo, nurse]) {
          const roster = await actor.asks`<iq type="get"><query xmlns="jabber:iq:roster"/></iq>`
          const item = roster
            .need('query')
            .elements()
            .find(each => each.attr('jid') === juliet.jid)
          assert.equal(item?.attr('subscription'), 'none', actor.role)
        }
      },
    ),
  )

  test(
    'XEP-0077#usecases-cancel: requests that nobody has answered end, too',
    dialogue(async ({ romeo, juliet, paris }) => {
      juliet.sends`<presence type="subscribe" to="${romeo.jid}"/>`
      await romeo.receives`<presence type="subscribe" from="${juliet.jid}"/>`
      paris.sends`<presence type="subscribe" to="${juliet.jid}"/>`
      await juliet.eventually`<presence type="subscribe" from="${paris.jid}"/>`
      await juliet.asks(`<iq type="set">${remove}</iq>`)
      await juliet.isCutOff('not-authorized')
      await paris.eventually`<presence type="unsubscribed" from="${juliet.jid}"/>`
      await romeo.forgets()
      await romeo.disconnects()
      await romeo.connects()
      await romeo.receivesNothing()
    }),
  )

  test(
    'XEP-0077#usecases-cancel: removing and something else at once is refused',
    dialogue(async ({ juliet, server }) => {
      const answer = await juliet.asks(
        `<iq type="set" to="${server.domain}"><query xmlns="jabber:iq:register"><remove/><username>${juliet.username}</username></query></iq>`,
      )
      refused(answer, 'bad-request')
      await juliet.receivesNothing()
    }),
  )

  test(
    'XEP-0077#usecases-cancel: nobody gets the name again',
    dialogue({ settings: open }, async ({ juliet, server }) => {
      await juliet.asks(`<iq type="set">${remove}</iq>`)
      await juliet.isCutOff('not-authorized')
      refused(await (await visitor(server)).ask('set', fields(juliet.username, 'Calliope')), 'conflict')
      await assert.rejects(server.createAccount(juliet.username, 'Calliope'), /already taken|not given out again/)
    }),
  )
})
