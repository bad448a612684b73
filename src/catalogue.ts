/** The privacy catalogue of the whole program: static, so that switching a feature off never hides what it kept. */
import { archivePreferencesCollection } from './accounts/archive-preferences-store.ts'
import { blocklistCollection } from './accounts/blocklist-store.ts'
import { domainRequestsTable } from './accounts/domain-requests.ts'
import { domainSettingsTable, domainsTable } from './accounts/domains.ts'
import { invitationsTable } from './accounts/invitations.ts'
import { marksTable } from './accounts/marks.ts'
import { noticesTable } from './accounts/notices.ts'
import { ownRetentionTable } from './accounts/own-retention.ts'
import { recoveryAddressCollection } from './accounts/recovery-address.ts'
import { reportsTable } from './accounts/reports.ts'
import { rosterCollection } from './accounts/roster-store.ts'
import { secondFactorCollection } from './accounts/second-factor.ts'
import { suspensionCollection } from './accounts/suspensions.ts'
import { accountsTable, accountTables, documentsTable, storeFiles } from './accounts/tables.ts'
import { roomArchiveFiles, roomArchiveTables } from './archive/room-tables.ts'
import { archiveFiles, archiveTables } from './archive/tables.ts'
import { filesTable, uploadedFiles } from './features/files/table.ts'
import { privateXmlCollection } from './features/private-xml.ts'
import { pepCollections } from './features/pubsub/documents.ts'
import { pushCollection } from './features/push/registrations.ts'
import { roomCardsTable } from './features/rooms/card-store.ts'
import { roomPeopleTable, roomsTable } from './features/rooms/store.ts'
import { vcardCollection } from './features/vcard.ts'
import { type Catalogue, catalogue as compose, declareFiles } from './privacy/catalogue.ts'
import { auditsTable } from './privacy/last-audit.ts'
import { policyVersionsTable } from './privacy/policy/versions.ts'
import { retentionTable } from './privacy/retention.ts'
import { sealTables, vaultFiles } from './seals/tables.ts'

/** Files that are about the service and nobody in it. */
const serviceFiles = [
  declareFiles('certificate', {
    paths: ['tls/cert*.pem', 'tls/*.crt', 'tls/hosted/*.pem'],
    why: 'the certificate, which everybody is shown who connects',
    keep: 'until it is renewed',
    reader: 'public',
    endedBy: 'the operator',
  }),
  declareFiles('certificate key', {
    paths: ['tls/*', 'tls/hosted/*'],
    why: 'the key of the certificate, and what belongs to both',
    keep: 'until it is renewed',
    reader: 'server',
    endedBy: 'the operator',
  }),
  declareFiles('control', {
    paths: ['control.sock'],
    why: 'the door for the command line while the service runs',
    keep: 'as long as the service runs',
    reader: 'server',
    endedBy: 'the end of the service',
  }),
] as const

export const catalogue: Catalogue = compose({
  accounts: accountsTable,
  documents: documentsTable,
  rooms: roomsTable,
  tables: [
    ...accountTables,
    ...sealTables,
    ...archiveTables,
    domainsTable,
    domainSettingsTable,
    roomsTable,
    roomPeopleTable,
    roomCardsTable,
    ...roomArchiveTables,
    invitationsTable,
    marksTable,
    noticesTable,
    reportsTable,
    domainRequestsTable,
    ownRetentionTable,
    retentionTable,
    policyVersionsTable,
    auditsTable,
    filesTable,
  ],
  collections: [
    rosterCollection,
    blocklistCollection,
    archivePreferencesCollection,
    privateXmlCollection,
    vcardCollection,
    pushCollection,
    recoveryAddressCollection,
    secondFactorCollection,
    suspensionCollection,
    ...pepCollections,
  ],
  changes: [{ to: 4, what: 'messages wait in the archive', statements: ['DROP TABLE IF EXISTS spool'] }],
  files: [storeFiles, archiveFiles, roomArchiveFiles, vaultFiles, uploadedFiles, ...serviceFiles],
})
