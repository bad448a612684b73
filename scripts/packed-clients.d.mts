export function unpackedClient(name: 'converse'): string
export function unpackClients(): void
