/** The words of XEP-0060, and the nodes that this server knows something about. */

export const pubsub = 'http://jabber.org/protocol/pubsub'
export const pubsubOwner = `${pubsub}#owner`
export const pubsubEvent = `${pubsub}#event`
export const pubsubErrors = `${pubsub}#errors`

/** Nodes with rules of their own; all others are alike. */
export const known = {
  avatarData: 'urn:xmpp:avatar:data',
  avatarMetadata: 'urn:xmpp:avatar:metadata',
  bookmarks: 'urn:xmpp:bookmarks:1',
  oldBookmarks: 'storage:bookmarks',
  contacts: 'urn:xmpp:contacts',
  contactGroups: 'urn:xmpp:contacts-groups',
  displayed: 'urn:xmpp:mds:displayed:0',
} as const

/** Beyond these no name is taken: it is kept, and stays in memory. In bytes. */
export const longestNode = 1_023
export const longestItemId = 3_071
