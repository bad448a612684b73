import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Routes } from './routes.ts'

const routes = new Routes<string>()
for (const path of ['/', '/a/b', '/a/:name', '/:top/b', '/:one/:two/:three', '/a/*', '/a/x/*'])
  routes.at(path, () => path)

const finds = (path: string) => {
  const found = routes.find(path)
  return found && [found.at, found.params]
}

test('of two that fit, the one with fewer unknowns', () => {
  assert.deepEqual(finds('/a/b'), ['/a/b', {}])
  assert.deepEqual(finds('/a/c'), ['/a/:name', { name: 'c' }])
  assert.deepEqual(finds('/c/b'), ['/:top/b', { top: 'c' }])
  assert.deepEqual(finds('/a/c/d'), ['/:one/:two/:three', { one: 'a', two: 'c', three: 'd' }])
  assert.deepEqual(finds('/a/c/d/e'), ['/a/*', { rest: 'c/d/e' }])
})

test('a name is one segment, decoded, and no path of its own', () => {
  assert.deepEqual(finds('/a/f%C3%BCr%20%3F'), ['/a/:name', { name: 'für ?' }])
  for (const path of [
    '/c/',
    '/%2e%2e/b',
    '/./b',
    '/c%2Fd/b',
    '/c%5Cd/b',
    '/c%00/b',
    '/%/b',
    '/%ff/b',
    '',
    'a/b',
    '/c/d',
  ])
    assert.equal(finds(path), undefined, path)
})

test('the same path is one place', () => {
  assert.equal(
    routes.at('/a/:name', () => 'another'),
    '/a/:name',
  )
})
