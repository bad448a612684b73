/** What nobody should send, and the stream errors that may answer it (RFC 6120 §4.9.3). */

export interface Attack {
  readonly name: string
  readonly bytes: string | Buffer
  readonly answers: readonly string[]
}

const attack = (name: string, bytes: string | Buffer, ...answers: readonly string[]): Attack => ({
  name,
  bytes,
  answers,
})
const raw = (...bytes: readonly number[]) => Buffer.concat([Buffer.from('<message><body>'), Buffer.from(bytes)])
const message = (inside: string) => `<message><body>${inside}</body></message>`

const broken = 'not-well-formed'
const restricted = 'restricted-xml'
const policy = 'policy-violation'
const encoding = 'unsupported-encoding'

/** Wrong in any open stream. */
export const malformed: readonly Attack[] = [
  attack('a wrong end tag', '<message><body></message>', broken),
  attack('an end tag too many', '</message>', broken),
  attack('an attribute twice', "<message id='1' id='2'/>", broken),
  attack('an attribute twice by two prefixes', "<message xmlns:a='u' xmlns:b='u' a:x='' b:x=''/>", broken),
  attack('an attribute without quotes', '<message id=1/>', broken),
  attack('< in an attribute', "<message id='<'/>", broken),
  attack('a lone ampersand', message('a & b'), broken),
  attack(']]> in text', message(']]>'), broken),
  attack('a name that starts with a digit', '<1/>', broken),
  attack('U+0000', message('\0'), broken),
  attack('a control character', message('\x08'), broken),
  attack('a reference to U+0000', message('&#0;'), broken),
  attack('a reference to a surrogate', message('&#xD800;'), broken),
  attack('a reference beyond Unicode', message('&#x110000;'), broken),
  attack('an undeclared prefix', '<x:message/>', broken, 'bad-namespace-prefix'),
  attack('an undeclared prefix of an attribute', "<message x:y='z'/>", broken, 'bad-namespace-prefix'),
  attack('a comment', '<message><!-- hush --></message>', restricted),
  attack('a processing instruction', '<message><?php evil() ?></message>', restricted),
  attack('a DOCTYPE', '<!DOCTYPE lolz [<!ENTITY lol "lol">]>', restricted, broken),
  attack('an entity of one’s own', message('&lol;'), restricted),
  attack('a second XML declaration', "<?xml version='1.0'?>", restricted, broken),
  attack('text between stanzas', 'Hello?', 'bad-format', broken),
  attack('an overlong encoding', raw(0xc0, 0x80), encoding, broken),
  attack('an encoded surrogate', raw(0xed, 0xa0, 0x80), encoding, broken),
  attack('a byte that is in no encoding', raw(0xff), encoding, broken),
  attack('an encoding beyond Unicode', raw(0xf4, 0x90, 0x80, 0x80), encoding, broken),
  attack('half a character', raw(0xe2, 0x82, 0x41), encoding, broken),
  attack('100,000 elements in one another', '<a>'.repeat(100_000), policy, 'unsupported-stanza-type', 'not-authorized'),
  attack('100,000 elements in one stanza in one another', `<message>${'<a>'.repeat(100_000)}`, policy),
  attack('100,000 attributes', `<message ${Array.from({ length: 100_000 }, (_, i) => `a${i}=''`).join(' ')}/>`, policy),
  attack('a name without end', `<message><${'a'.repeat(300_000)}`, policy),
  attack(
    'a stanza of the wrong namespace',
    "<message xmlns='jabber:server'/>",
    'invalid-namespace',
    'unsupported-stanza-type',
    'not-authorized',
  ),
  attack(
    'something that is no stanza',
    "<gossip xmlns='urn:example:gossip'/>",
    'unsupported-stanza-type',
    'not-authorized',
    policy,
  ),
]

/** Wrong instead of a stream header. */
export const headers: readonly Attack[] = [
  attack('an HTTP request', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', broken, 'bad-format'),
  attack(
    'a TLS handshake where none is due',
    Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]),
    broken,
    encoding,
    'bad-format',
  ),
  attack(
    'something else than a stream',
    '<message/>',
    'invalid-namespace',
    'bad-format',
    'bad-namespace-prefix',
    broken,
  ),
  attack(
    'a stream of another namespace',
    "<stream:stream xmlns='jabber:client' xmlns:stream='urn:x' to='localhost' version='1.0'>",
    'invalid-namespace',
  ),
  attack(
    'a stream for servers',
    "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>",
    'invalid-namespace',
  ),
  attack('another domain', header("to='example.com' version='1.0'"), 'host-unknown'),
  attack('a domain that cannot be', header("to='\u0000' version='1.0'"), broken),
  attack('no domain', header("version='1.0'"), 'improper-addressing', 'host-unknown'),
  attack('another version', header("to='localhost' version='0.9'"), 'unsupported-version'),
  attack('UTF-16', Buffer.from(header("to='localhost' version='1.0'"), 'utf16le'), encoding, broken),
  attack('another encoding', "<?xml version='1.0' encoding='iso-8859-1'?>", encoding),
  attack('another XML', "<?xml version='1.1'?>", 'unsupported-version', broken, restricted),
  attack('a DOCTYPE first', `<!DOCTYPE stream>${header("to='localhost' version='1.0'")}`, restricted, broken),
  attack('an attribute without end', `<stream:stream to='${'x'.repeat(1_000_000)}`, policy),
]

function header(attributes: string): string {
  return `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' ${attributes}>`
}

/** Too much before signing in. */
export const tooMuchForStrangers: readonly Attack[] = [
  attack('an oversized stanza before signing in', `<message><body>${'x'.repeat(20_000)}`, policy, 'not-authorized'),
  attack('white space without end', ' '.repeat(2_000_000), policy),
  attack(
    'an oversized password',
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${'A'.repeat(1_000_000)}`,
    policy,
  ),
  attack('a stanza before signing in', '<message/>', 'not-authorized'),
  attack('presence before signing in', '<presence/>', 'not-authorized'),
  attack('an answer before signing in', "<iq type='result' id='r'/>", 'not-authorized'),
]

/** Too much after signing in. */
export const tooMuchForAnybody: readonly Attack[] = [
  attack('an oversized stanza', `<message><body>${'x'.repeat(300_000)}`, policy),
  attack('an oversized stanza of many children', `<message>${'<a/>'.repeat(100_000)}`, policy),
]
