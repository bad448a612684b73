import type { ReceivedForm } from '../protocol/data-forms.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { Question } from './feature.ts'

/** A form that is to be filled in, and what happens then. */
export interface Stage {
  /** Made by `form()` of `protocol/data-forms.ts`. */
  readonly form: Element
  readonly notes?: readonly Note[]
  /** Whether what comes of it is the end, as far as can be told beforehand: decides what its button says. */
  readonly last: boolean
  /** Throw a `Problem` to refuse what was filled in: the form can be sent again. */
  submit(form: ReceivedForm, question: Question): Outcome | Promise<Outcome>
}

/** The end of a command. */
export interface Completed {
  readonly done: true
  /** A form of the type `result`. */
  readonly form?: Element
  readonly notes?: readonly Note[]
}

export type Outcome = Stage | Completed

export interface Note {
  readonly type: 'info' | 'warn' | 'error'
  readonly text: string
}

/** Something that people tell the server to do, with forms that every client can show (XEP-0050). */
export interface Command {
  /** Its name for programs. */
  readonly node: string
  /** Its name for people. */
  readonly name: string
  /** Who may see and run it, asked at every stage. */
  allows(question: Question): boolean
  begin(question: Question): Outcome | Promise<Outcome>
}

/** Whoever has an account here. */
export const ownPeople = ({ session }: Question): boolean => session !== undefined
