/** How the store is told which tables there should be, and how it tells which there are. */

/** One table as the store needs to know it: when it came, and how it is made. */
export interface TableShape {
  readonly name: string
  /** The schema version that brought this table. */
  readonly since: number
  /** The statements that make it and its indexes. */
  readonly create: readonly string[]
}

/** A change to tables that exist already, numbered by the schema version it leads to. */
export interface SchemaChange {
  readonly to: number
  /** What it does, for the operator who reads the log. */
  readonly what: string
  readonly statements: readonly string[]
}

/** Everything that makes up the database of this version of the program. */
export interface SchemaPlan {
  readonly tables: readonly TableShape[]
  /** In any order; carried out by number. A new database is made from `tables` alone. */
  readonly changes?: readonly SchemaChange[]
  /** The tables of each family of partitions; a family's name is that of its directory. */
  readonly partitions?: Readonly<Record<string, readonly TableShape[]>>
}

/** A table as it is found in the database. */
export interface RealTable {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[]
  /** Columns of the primary key, in order. */
  readonly key: readonly string[]
  /** Indexes apart from the one of the primary key. */
  readonly indexes: readonly { readonly name: string; readonly columns: readonly string[]; readonly unique: boolean }[]
}

/** The version a database of this plan has: the highest number that a table or a change mentions. */
export function schemaVersion(plan: Pick<SchemaPlan, 'tables' | 'changes'>): number {
  return Math.max(1, ...plan.tables.map(t => t.since), ...(plan.changes ?? []).map(c => c.to))
}

/**
 * The statements that lead from version `from` (0: nothing there yet) to the plan, in order.
 * Tables that came after `from` are made before the changes of the same number run.
 */
export function statementsFrom(plan: Pick<SchemaPlan, 'tables' | 'changes'>, from: number): string[] {
  if (from === 0) return plan.tables.flatMap(t => t.create)
  const steps = [
    ...plan.tables.map(t => ({ number: t.since, statements: t.create })),
    ...(plan.changes ?? []).map(c => ({ number: c.to, statements: c.statements })),
  ]
  return steps
    .filter(step => step.number > from)
    .sort((a, b) => a.number - b.number)
    .flatMap(step => step.statements)
}
