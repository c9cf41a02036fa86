/** Inner products with a registered vector: one encrypted vector for good, and the holder's rows. */
export { MOST_STORED } from './book.ts';
export { type AskDesk, acceptVector, type HeldVector, type HolderPorts, type RowIntegers } from './feature-holder.ts';
export { KEPT_REGISTRATION } from './kept-registration.ts';
export { type RegisteredVector, type RegistrationPorts, registerVector } from './label-party.ts';
export { memoryRegistrations, type RegistrationStore } from './store.ts';
export { MOST_REVEALED, type RegistrationTerms } from './terms.ts';
