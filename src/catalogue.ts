/** The privacy catalogue of the whole program: static, so that switching a feature off never hides what it kept. */
import { blocklistCollection } from './accounts/blocklist-store.ts'
import { rosterCollection } from './accounts/roster-store.ts'
import { accountsTable, accountTables, documentsTable, storeFiles } from './accounts/tables.ts'
import { privateXmlCollection } from './features/private-xml.ts'
import { vcardCollection } from './features/vcard.ts'
import { type Catalogue, catalogue as compose } from './privacy/catalogue.ts'

export const catalogue: Catalogue = compose({
  accounts: accountsTable,
  documents: documentsTable,
  tables: [...accountTables],
  collections: [rosterCollection, blocklistCollection, privateXmlCollection, vcardCollection],
  files: [storeFiles],
})
