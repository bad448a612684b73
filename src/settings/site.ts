/** The settings of the web site: what it is called, how it looks, what it says in words of those who run it. */

import { colour, linkList, plainText, section, toggle } from './kit.ts'

export const site = section(
  'Web site',
  'The pages at the HTTPS port: what the service is, its privacy policy, signing up, whom to ask. They load nothing from ' +
    'elsewhere, set no cookie before somebody signs in, and write nothing about visitors.',
  {
    name: plainText({
      default: '',
      most: 60,
      shownDefault: 'the domain',
      help: 'What the service is called on its pages.',
    }),
    accent: colour({
      default: '#2f5d62',
      help: 'The colour of the site. Light and dark shades that can be read are made of it.',
    }),
    aboutEn: plainText({
      default: '',
      most: 2000,
      help: 'What you say about the service on its first page, in English: who you are, whom it is for. An empty line begins a paragraph.',
    }),
    aboutDe: plainText({ default: '', most: 2000, help: 'The same in German.' }),
    priceEn: plainText({
      default: '',
      most: 500,
      help: 'What it costs, in English: "12 euros a year". Without it the pages say nothing of money.',
    }),
    priceDe: plainText({ default: '', most: 500, help: 'The same in German.' }),
    contactForm: toggle({
      default: true,
      help:
        'Whether the page Contact has a form that needs no account. What is written there comes as a message to the ' +
        'accounts that look after the domain (`sotto account admin`); nothing else is kept of it.',
    }),
    legalNotice: linkList({
      default: [],
      help: 'Where the law asks who you are: the address of such a page. The first one is linked on every page.',
    }),
    source: linkList({
      default: [],
      help:
        'Where the source code of this very program can be had, if you have changed it: its licence asks you to tell. ' +
        'Linked on every page.',
    }),
  },
)
