import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anchor, attribute, flag, html, link, type Part, place } from './html.ts'

const hostile = `"><script>alert(1)</script>' onload='x`

test('what is put in is text, between tags and in attributes', () => {
  assert.equal(
    html`<p title="${hostile}">${hostile}</p>`.markup,
    '<p title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&apos; onload=&apos;x">' +
      '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&apos; onload=&apos;x</p>',
  )
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      const { markup } = html`<a title="${text}">${text}</a>`
      assert.equal(markup.match(/"/g)!.length, 2)
      assert.equal(markup.match(/</g)!.length, 2)
    }),
  )
})

test('markup made here goes in as it is; lists one after another; nothing is nothing', () => {
  const list: Part = ['a', html`<b>${1}</b>`, undefined, false, ['&']]
  assert.equal(html`<p>${list}</p>`.markup, '<p>a<b>1</b>&amp;</p>')
  assert.equal(html`<input${flag('required', true)}${flag('checked', false)}>`.markup, '<input required>')
  assert.equal(html`<i${attribute('lang', 'de')}${attribute('title', undefined)}></i>`.markup, '<i lang="de"></i>')
})

test('what leads somewhere leads to an address', () => {
  assert.equal(html`<a href="${place('/contact', { a: 'b&c' })}">x</a>`.markup, '<a href="/contact?a=b%26c">x</a>')
  assert.equal(html`<a href="${anchor('a b')}">x</a>`.markup, '<a href="#a%20b">x</a>')
  for (const text of ['javascript:alert(1)', '/contact', 'https://example.org'])
    assert.throws(() => html`<a href="${text}">x</a>`, /Only an Address/)
  assert.throws(() => html`<a href="/contact/${'x'}">x</a>`, /one Address/)
  assert.throws(() => html`<form action="${'x'}"></form>`, /Only an Address/)
})

test('no place is on another site, and no link runs anything', () => {
  for (const path of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'evil',
    '',
    '/a b',
    '/a\nb',
    '/a\\b',
  ])
    assert.throws(() => place(path), path)
  for (const uri of [
    'javascript:alert(1)',
    'data:text/html,x',
    'https:evil',
    ' javascript:x',
    'vbscript:x',
    'ftp://x',
    'https://a b',
  ])
    assert.equal(link(uri), undefined, uri)
  for (const uri of ['https://example.org/', 'mailto:a@b', 'xmpp:a@b?message']) assert.equal(link(uri)?.text, uri)
})

test('templates in which a hole could do harm are refused, whatever is put in', () => {
  const bad: (() => unknown)[] = [
    () => html`<a title=${'x'}>x</a>`,
    () => html`<a onclick="${'x'}">x</a>`,
    () => html`<a style="${'x'}">x</a>`,
    () => html`<script>${'x'}</script>`,
    () => html`<style>${'x'}</style>`,
    () => html`<a ${'onclick'}>x</a>`,
    () => html`<a title="${html`<b></b>`}">x</a>`,
    () => attribute('onclick', 'x'),
    () => attribute('href', 'x'),
  ]
  for (const make of bad) assert.throws(make, make.toString())
})
