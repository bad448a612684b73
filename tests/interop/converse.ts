/** Converse, a client for people with a browser, in a real one: keys are typed, buttons pressed, and the page is looked at. */

import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { type Visit, visit } from '../kit/browser.ts'
import type { TestServer } from '../kit/server.ts'
import { conversePage } from './converse-page.ts'
import type { PersonWithAccount } from './play.ts'

export interface ConverseOptions {
  readonly server: Pick<TestServer, 'ports'>
  /** Default `websocket`. */
  readonly over?: 'websocket' | 'bosh'
  readonly viewport?: { readonly width: number; readonly height: number }
  /** More of Converse's settings. */
  readonly settings?: Readonly<Record<string, unknown>>
}

const patience = { timeout: Number(process.env.SOTTO_TEST_PATIENCE_MS ?? 30_000) }

export class Converse {
  readonly page: Page
  readonly who: PersonWithAccount
  readonly #visit: Visit
  readonly #url: string

  /** Opens the page and signs in, by the form. */
  static async enters(t: TestContext, who: PersonWithAccount, options: ConverseOptions): Promise<Converse> {
    const { server, over = 'websocket', viewport, settings } = options
    const host = `localhost:${server.ports.https}`
    const way =
      over === 'bosh'
        ? { bosh_service_url: `https://${host}/http-bind` }
        : { websocket_url: `wss://${host}/xmpp-websocket` }
    const url = await conversePage(t, { ...way, ...settings })
    const visited = await visit(t, { origins: [url, `https://${host}`], ...(viewport && { viewport }) })
    const converse = new Converse(visited, url, who)
    await converse.signsIn()
    return converse
  }

  private constructor(visited: Visit, url: string, who: PersonWithAccount) {
    this.#visit = visited
    this.#url = url
    this.page = visited.page
    this.page.setDefaultTimeout(patience.timeout)
    this.who = who
  }

  /** What it asked for elsewhere: nothing but its sponsors' pictures, which are part of its sign-in page. */
  get foreign(): readonly string[] {
    return this.#visit.foreign.filter(where => !/^(https:\/\/)?conversejs\.org[:/]/.test(where))
  }

  get errors(): readonly string[] {
    return this.#visit.errors
  }

  /** Its address with the resource. */
  get jid(): Promise<string> {
    return this.page.evaluate("inside.session.get('jid')")
  }

  async signsIn(): Promise<void> {
    await this.page.goto(this.#url)
    await this.page.fill('#converse-login-jid', this.who.jid)
    await this.page.fill('#converse-login-password', this.who.password)
    await this.page.click('#converse-login button[type=submit]')
    await this.isIn()
  }

  /** Says goodbye. What the browser has stored stays, the keys of OMEMO with it. */
  async signsOut(): Promise<void> {
    await this.page.evaluate('inside.api.user.logout().then(() => {})')
    await this.page.waitForSelector('#converse-login-jid')
  }

  /** Its keys are made and published. */
  async hasKeys(): Promise<void> {
    await this.page.evaluate("inside.api.waitUntil('OMEMOInitialized').then(() => {})")
  }

  /** What this device is called among the keys of its owner. */
  get deviceId(): Promise<string> {
    return this.page.evaluate("String(inside.state.omemo_store.get('device_id'))")
  }

  /** The conversation says that what is written in it is sent encrypted. */
  async seesLock(jid: string): Promise<void> {
    await this.#chat(jid).locator('.toggle-omemo[title="Messages are sent encrypted"]').waitFor()
  }

  async isIn(): Promise<void> {
    await this.page.waitForSelector('.show-profile', patience)
    await this.page.waitForFunction(
      "inside.api.connection.connected() && inside.session.get('roster_cached') !== false",
    )
  }

  /** Loads the page anew; Converse signs itself in. */
  async reloads(): Promise<void> {
    await this.page.reload()
    await this.isIn()
  }

  /** Turns to the conversation with somebody. */
  async turnsTo(jid: string): Promise<void> {
    await this.page.evaluate(`inside.api.chats.open(${JSON.stringify(jid)}, {}, true).then(() => {})`)
    await this.#chat(jid).locator('.chat-textarea').waitFor()
  }

  async says(to: string, body: string): Promise<void> {
    const text = this.#chat(to).locator('.chat-textarea')
    await text.fill(body)
    await text.press('Enter')
  }

  /** Sees a message in the conversation, which is open. Gives back who the page says it is from, with the resource. */
  async sees(from: string, body: string): Promise<string> {
    const message = this.#messages(from).filter({ has: this.page.getByText(body, { exact: true }) })
    await message.first().waitFor()
    return String(await message.first().getAttribute('data-from'))
  }

  /** As `sees`, and the page says that it came encrypted. */
  async seesEncrypted(from: string, body: string): Promise<void> {
    await this.#messages(from)
      .and(this.page.locator('[data-encrypted=true]'))
      .filter({ has: this.page.getByText(body, { exact: true }) })
      .first()
      .waitFor()
  }

  async hearings(from: string, body: string): Promise<number> {
    return this.#messages(from)
      .filter({ has: this.page.getByText(body, { exact: true }) })
      .count()
  }

  /** By the paper clip. */
  async sends(to: string, file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    await this.#chat(to).locator('input.fileupload').setInputFiles(file)
  }

  /** Waits for a picture that somebody sent, and gives back what it is made of once the browser has decoded it. */
  async seesPicture(from: string): Promise<{ readonly width: number; readonly bytes: Buffer }> {
    const picture = this.#messages(from)
      .and(this.page.locator(`[data-from^="${from}"]`))
      .locator('img.chat-image')
      .first()
    await picture.waitFor()
    const [width, text] = await picture.evaluate(async (image: unknown) => {
      // The page's, not ours: the project's types know no browser.
      const shown = image as { decode(): Promise<void>; currentSrc: string; naturalWidth: number }
      await shown.decode()
      const bytes = new Uint8Array(await (await fetch(shown.currentSrc)).arrayBuffer())
      return [shown.naturalWidth, btoa([...bytes].map(each => String.fromCharCode(each)).join(''))] as const
    })
    return { width, bytes: Buffer.from(text, 'base64') }
  }

  /** Enters a room, or makes it. */
  async enters(room: string, nick: string): Promise<void> {
    const attributes = JSON.stringify({ nick })
    await this.page.evaluate(`inside.api.rooms.open(${JSON.stringify(room)}, ${attributes}, true).then(() => {})`)
    await this.#chat(room).locator('.chat-textarea').waitFor()
  }

  async leavesRoom(room: string): Promise<void> {
    await this.page.evaluate(`inside.state.chatboxes.get(${JSON.stringify(room)}).close()`)
  }

  /** Sees that somebody is in a room, or is not; the list beside it shows members who are away, too. */
  async seesOccupant(room: string, nick: string, there = true): Promise<void> {
    const occupants = `inside.state.chatboxes.get(${JSON.stringify(room)})?.occupants`
    await this.page.waitForFunction(
      `(${occupants}?.findWhere({ nick: ${JSON.stringify(nick)} })?.get('presence') === 'online') === ${there}`,
    )
  }

  /** Takes back a message, one's own or, as a moderator, somebody else's: from the menu beside it. */
  async retracts(chat: string, body: string): Promise<void> {
    const message = this.#messages(chat).filter({ has: this.page.getByText(body, { exact: true }) })
    await message.first().hover()
    await message.first().locator('converse-message-actions button.dropdown-toggle').click()
    await message.first().locator('.chat-msg__action-retract').click()
    await this.page.locator('converse-confirm-modal').locator('button[type=submit]').click()
  }

  /** Sees that somebody took a message back, in the words that Converse has for it. */
  async seesRetraction(chat: string, words: string): Promise<void> {
    await this.#chat(chat).locator('.retraction').filter({ hasText: words }).first().waitFor()
  }

  /** Asks somebody for his presence, from the conversation with him. */
  async adds(jid: string): Promise<void> {
    await this.#chat(jid).getByRole('button', { name: 'Add', exact: true }).click()
    const modal = this.page.locator('converse-add-contact-modal')
    await modal.locator('button[type=submit]').click()
    await modal.waitFor({ state: 'hidden' })
  }

  /** Hears that somebody would like to see one's presence. */
  async hearsFrom(jid: string): Promise<void> {
    await this.page.waitForFunction(`inside.state.roster?.get(${JSON.stringify(jid)})?.get('requesting')`)
  }

  /** Lets somebody who asked see one's presence, and asks for his: Converse 14 leaves out the second, unless told. */
  async approves(jid: string): Promise<void> {
    await this.#chat(jid).getByRole('button', { name: 'Approve', exact: true }).click()
    const modal = this.page.locator('converse-accept-contact-request-modal')
    await modal.locator('button[type=submit]').click()
    await modal.waitFor({ state: 'hidden' })
    await this.page.evaluate(`inside.state.roster.get(${JSON.stringify(jid)}).subscribeToPresence(), undefined`)
  }

  /** Sees that somebody is there, in the list of contacts. */
  async seesOnline(jid: string): Promise<void> {
    await this.page.waitForFunction(
      `inside.state.roster?.get(${JSON.stringify(jid)})?.presence?.get('presence') === 'online'`,
    )
  }

  async setsAvatar(file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    await this.page.click('.show-profile')
    const modal = this.page.locator('converse-profile-modal')
    await modal.locator('input[name=avatar_image]').setInputFiles(file)
    await modal.locator('button.save-form').click()
    await modal.waitFor({ state: 'hidden' })
  }

  /** Waits until somebody has a picture on this page, and gives back the bytes that are shown. */
  async seesAvatar(of: string): Promise<Buffer> {
    const found = await this.page.waitForFunction(
      `[...document.querySelectorAll('converse-avatar')]
        .filter(each => each.model?.get('jid') === ${JSON.stringify(of)})
        .map(each => each.querySelector('image, img'))
        .map(each => each?.getAttribute('href') ?? each?.getAttribute('src'))
        .find(href => href?.startsWith('data:'))`,
    )
    const href = String(await found.jsonValue())
    return Buffer.from(href.slice(href.indexOf(',') + 1), 'base64')
  }

  /** For people to look at: `SOTTO_TEST_PICTURES` names a folder. */
  async isPainted(name: string): Promise<void> {
    const folder = process.env.SOTTO_TEST_PICTURES
    if (folder !== undefined) await this.page.screenshot({ path: join(folder, `${name}.png`) })
  }

  #chat(jid: string) {
    return this.page.locator(`converse-chat[jid="${jid}"], converse-muc[jid="${jid}"]`)
  }

  #messages(jid: string) {
    return this.#chat(jid).locator('.chat-msg')
  }
}
