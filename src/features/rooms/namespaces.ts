/** The namespaces of rooms (XEP-0045#registrar-protocol), and of what every room does besides. */
export const muc = 'http://jabber.org/protocol/muc'
export const mucUser = `${muc}#user`
export const mucAdmin = `${muc}#admin`
export const mucOwner = `${muc}#owner`
export const roomConfig = `${muc}#roomconfig`
export const roomInfo = `${muc}#roominfo`
export const voiceRequest = `${muc}#request`
export const roomRegister = `${muc}#register`
export const stableId = `${muc}#stable_id`
export const selfPing = `${muc}#self-ping-optimization`
/** XEP-0488 */
export const tokenInvite = 'urn:xmpp:muc-token-invite:0'
/** XEP-0421 */
export const occupantIds = 'urn:xmpp:occupant-id:0'
/** XEP-0249 */
export const conference = 'jabber:x:conference'
export const register = 'jabber:iq:register'
export const pingNs = 'urn:xmpp:ping'

/** XEP-0045#registrar-statuscodes: those that this service sends. */
export const status = {
  /** The occupant's real address can be seen by everybody. */
  nonAnonymous: 100,
  configurationChanged: 104,
  self: 110,
  loggingOn: 170,
  loggingOff: 171,
  nowNonAnonymous: 172,
  nowSemiAnonymous: 173,
  created: 201,
  nickModified: 210,
  banned: 301,
  newNick: 303,
  kicked: 307,
  noLongerMember: 321,
  nowMembersOnly: 322,
  shutdown: 332,
  failed: 333,
} as const
