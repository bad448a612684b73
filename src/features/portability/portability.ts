import { type Feature, xep } from '../../routing/feature.ts'

/** XEP-0227: people bring along what they had elsewhere, and take along what they have here. Apps see nothing of it. */
export const portability: Feature = {
  name: 'portability',
  implements: [
    xep(
      227,
      '1.1',
      'complete',
      'files are read on the account pages and by sotto account import, and written likewise',
    ),
  ],
}
