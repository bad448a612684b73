/** Something about the keys that the operator has to see to. The message is a sentence that says what. */
export class SealError extends Error {
  override readonly name = 'SealError'
}
