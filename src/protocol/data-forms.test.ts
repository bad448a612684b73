import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { form, parseForm } from './data-forms.ts'
import { parseElement } from './xml/parser.ts'
import { write } from './xml/write.ts'

test('XEP-0004#protocol: a form is written as the XEP has it', () => {
  const bot = form({
    type: 'form',
    means: 'jabber:bot',
    title: 'Bot Configuration',
    instructions: 'Fill out this form to configure your new bot!',
    fields: [
      { name: 'botname', type: 'text-single', label: 'The name of your bot' },
      { name: 'public', type: 'boolean', label: 'Public bot?', required: true },
      {
        name: 'maxsubs',
        type: 'list-single',
        label: 'Maximum number of subscribers',
        explains: 'More cost more.',
        values: ['20'],
        options: [{ label: '10', value: '10' }, { value: '20' }],
      },
    ],
  })
  assert.equal(
    write(bot),
    "<x xmlns='jabber:x:data' type='form'><title>Bot Configuration</title>" +
      '<instructions>Fill out this form to configure your new bot!</instructions>' +
      "<field var='FORM_TYPE' type='hidden'><value>jabber:bot</value></field>" +
      "<field var='botname' type='text-single' label='The name of your bot'/>" +
      "<field var='public' type='boolean' label='Public bot?'><required/></field>" +
      "<field var='maxsubs' type='list-single' label='Maximum number of subscribers'><desc>More cost more.</desc>" +
      "<value>20</value><option label='10'><value>10</value></option><option><value>20</value></option></field></x>",
  )
})

test('XEP-0004#examples-config: a submission is read', () => {
  const submitted = parseForm(
    parseElement(`<x xmlns='jabber:x:data' type='submit'>
      <field type='hidden' var='FORM_TYPE'><value>jabber:bot</value></field>
      <field type='fixed'><value>Section 1: Bot Info</value></field>
      <field var='botname'><value>The Jabber Google Bot</value></field>
      <field var='description'><value>This bot enables you to</value><value>search the web.</value></field>
      <field var='public'><value>0</value></field>
      <field var='features'/>
      <field var='other' xmlns='urn:example:other'><value>no field of ours</value></field>
    </x>`),
  )
  assert.ok(submitted)
  assert.equal(submitted.type, 'submit')
  assert.equal(submitted.means, 'jabber:bot')
  assert.deepEqual(submitted.names(), ['botname', 'description', 'public', 'features'])
  assert.equal(submitted.value('botname'), 'The Jabber Google Bot')
  assert.deepEqual(submitted.values('description'), ['This bot enables you to', 'search the web.'])
  assert.equal(submitted.flag('public'), false)
  assert.equal(submitted.flag('botname'), undefined)
  assert.equal(submitted.has('features'), true)
  assert.equal(submitted.value('features'), undefined)
  assert.equal(submitted.has('password'), false)
  assert.deepEqual(submitted.values('password'), [])
})

test('XEP-0004#protocol-fieldtypes: a boolean has two ways to say each', () => {
  const flag = (value: string) =>
    parseForm(form({ type: 'result', means: 'm', fields: [{ name: 'f', values: [value] }] }))?.flag('f')
  assert.deepEqual(['1', 'true', '0', 'false', 'yes', ''].map(flag), [true, true, false, false, undefined, undefined])
})

test('what is no form is not read as one', () => {
  for (const text of [
    "<x xmlns='jabber:x:oob' type='submit'/>",
    "<query xmlns='jabber:x:data' type='submit'/>",
    "<x xmlns='jabber:x:data'/>",
    "<x xmlns='jabber:x:data' type='error'/>",
    "<x xmlns='jabber:x:data' type='submit'><field var='a'/><field var='a'/></x>",
  ]) {
    assert.equal(parseForm(parseElement(text)), undefined, text)
  }
})

test('XEP-0004#protocol-formtypes: a cancelled form is a form', () => {
  assert.equal(parseForm(parseElement("<x xmlns='jabber:x:data' type='cancel'/>"))?.type, 'cancel')
})

test('what is written is what is read', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'B', ' ', '<', '&', "'", 'ψ', '\u{1f33a}') })
  fc.assert(
    fc.property(text, fc.dictionary(text, fc.array(text)), (means, fields) => {
      const shape = Object.entries(fields).map(([name, values]) => ({ name, values }))
      const read = parseForm(parseElement(write(form({ type: 'result', means, fields: shape }))))
      assert.equal(read?.means, means)
      for (const { name, values } of shape) assert.deepEqual(read?.values(name), values)
    }),
  )
})
