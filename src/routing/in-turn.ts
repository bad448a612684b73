/**
 * RFC 6120 §10.1: what one entity sends another arrives in the order in which it was sent. Messages wait for the disk; so
 * whatever comes after them waits for what is on its way there.
 * @param afterCommit runs a function when all that was recorded so far is on disk; at once if it is already
 * @returns what `next` returns, or when that has been done
 */
export function inTurn(
  afterCommit: (then: () => void) => void,
  next: () => void | Promise<void>,
): void | Promise<void> {
  let waits: PromiseWithResolvers<void> | undefined
  let turn: { readonly result: void | Promise<void> } | undefined
  afterCommit(() => {
    if (waits === undefined) turn = { result: next() }
    else
      try {
        waits.resolve(next())
      } catch (thrown) {
        waits.reject(thrown)
      }
  })
  if (turn !== undefined) return turn.result
  waits = Promise.withResolvers<void>()
  return waits.promise
}
