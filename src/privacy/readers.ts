import type { Reader } from './catalogue.ts'

/** To whom the service gives a thing out. */
export const givenTo: Readonly<Record<Reader, string>> = {
  owner: 'the devices of the account itself',
  room: 'whoever may enter the room',
  server: 'nobody; the service uses it',
  public: 'anybody who asks',
}
