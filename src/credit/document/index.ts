/** document: strict reading of people's YAML and JSON, with file and line in every error. */
export { type DocumentSource, type Locate, readDocument, readLocated } from './document.ts';
export { checkNamedOnce, checkRising, dayField, isDay, moneyField, nameField, ratioField, signedRatioField } from './fields.ts';
