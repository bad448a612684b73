/** The catalogue against the database that there really is, both ways. */

import type { RealTable } from '../storage/schema.ts'
import { indexName, sqlType, type TableDeclaration } from './catalogue.ts'

/**
 * A sentence for every difference between what is declared and what `where` really has; none means that nothing is stored
 * which is not declared, and the other way round.
 */
export function schemaDifferences(
  tables: readonly TableDeclaration[],
  real: readonly RealTable[],
  where = 'the database',
): string[] {
  const declared = new Map(tables.map(table => [table.name, table]))
  const found = new Set(real.map(table => table.name))
  return [
    ...tables
      .filter(({ name }) => !found.has(name))
      .map(({ name }) => `The catalogue declares the table ${name}, and ${where} does not have it.`),
    ...real.flatMap(table => {
      const declaration = declared.get(table.name)
      return declaration === undefined
        ? [`The table ${table.name} is in ${where}, and the catalogue does not declare it.`]
        : tableDifferences(declaration, table).map(sentence =>
            where === 'the database' ? sentence : `In ${where}: ${sentence}`,
          )
    }),
  ]
}

function tableDifferences(declared: TableDeclaration, real: RealTable): string[] {
  const { name, columns, facts } = declared
  const differences: string[] = []
  const there = new Map(real.columns.map(column => [column.name, column]))
  for (const [column, { kind, nullable }] of Object.entries(columns)) {
    const found = there.get(column)
    there.delete(column)
    if (!found) {
      differences.push(`The catalogue declares the column ${name}.${column}, and the database does not have it.`)
    } else if (found.type !== sqlType(kind)) {
      differences.push(`The column ${name}.${column} holds ${found.type}, and is declared to hold ${sqlType(kind)}.`)
    } else if (found.nullable !== (nullable ?? false)) {
      differences.push(
        `The column ${name}.${column} ${found.nullable ? 'may' : 'must not'} be empty, and is declared otherwise.`,
      )
    }
  }
  for (const column of there.keys()) {
    differences.push(`The column ${name}.${column} is in the database, and the catalogue does not declare it.`)
  }
  if (real.key.join() !== facts.key.join()) {
    differences.push(
      `The key of the table ${name} is (${real.key.join(', ')}), and is declared as (${facts.key.join(', ')}).`,
    )
  }
  const wanted = new Set([
    ...(facts.unique ?? []).map(over => indexText(indexName(name, over), over, true)),
    ...(facts.indexes ?? []).map(over => indexText(indexName(name, over), over, false)),
  ])
  for (const index of real.indexes) {
    const text = indexText(index.name, index.columns, index.unique)
    if (!wanted.delete(text))
      differences.push(`The ${text} of the table ${name} is in the database, and the catalogue does not declare it.`)
  }
  for (const text of wanted) {
    differences.push(`The catalogue declares the ${text} of the table ${name}, and the database does not have it.`)
  }
  return differences
}

function indexText(name: string, columns: readonly string[], unique: boolean): string {
  return `${unique ? 'unique ' : ''}index ${name} (${columns.join(', ')})`
}
