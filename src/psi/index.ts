/** psi: private set intersection -> Alignment (row indices, never ids). Imports base, data and protocol. */
export type { Alignment } from './alignment.ts';
export { psiDisclosure } from './disclosure.ts';
export { checkIds, MAX_ID_LENGTH } from './ids.ts';
export type { PsiOptions } from './options.ts';
export { receiver } from './receiver.ts';
export { sender } from './sender.ts';
export type { PsiInput, PsiPorts } from './session.ts';
export { BATCH_POINTS, PSI_VERSION } from './wire.ts';
