/** Forms that anybody may send: good once, for a while, not in an instant, and with a question that a person answers. */

import type { Filled, FormTokens } from './form.ts'
import type { Language } from './language.ts'
import { Questions } from './question.ts'

/** What a form carries besides what is filled in. */
export interface Guarded {
  readonly token: string
  readonly question: string
}

export type Guess = 'good' | 'old' | 'quick' | 'wrong answer'

/** How long a person needs at least, and may have a form open, in milliseconds. */
const shortest = 2500
const longest = 2 * 3_600_000

/** Forms that were sent; the oldest are forgotten, whose time is nearly over anyhow. */
const mostUsed = 10_000

export class FormGuard {
  readonly #tokens: FormTokens
  readonly #questions = new Questions()
  readonly #used = new Set<string>()

  constructor(tokens: FormTokens) {
    this.#tokens = tokens
  }

  /** @param path of the form, for which alone it is good */
  issue(path: string, language: Language): Guarded {
    const token = this.#tokens.issue('form', path)
    return { token, question: this.#questions.of(token, language).text }
  }

  /**
   * Looks at the fields `token` and `answer`. Whatever comes out, the form has to be given out anew.
   * @param known somebody answers for whoever fills it in: they are asked nothing, and may be quick
   */
  check(filled: Filled, path: string, known = false): Guess {
    const token = filled.text('token')
    const found = this.#tokens.find(token, 'form', path, longest)
    if (!found.good || this.#used.has(token)) return 'old'
    this.#used.add(token)
    if (this.#used.size > mostUsed) this.#used.delete(this.#used.values().next().value!)
    if (known) return 'good'
    if (found.age < shortest) return 'quick'
    return this.#questions.isRight(token, filled.text('answer')) ? 'good' : 'wrong answer'
  }
}
