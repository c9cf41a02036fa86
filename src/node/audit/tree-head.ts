/**
 * Tree head: {log, root, size, time} of an audit log at one moment, signed by the party that keeps the log and counter-signed by a peer that
 * saw it (the witness). What is signed is canonical JSON that begins with its format, so that no signature of a head is one of anything else.
 * With the log's file and the two certificates a third party needs to believe nobody.
 */
import { type IdentityKey, isSignedBy } from '../../adapters/certificates/index.ts';
import { canonicalJson } from '../canonical-json.ts';

export interface TreeHead {
  /** Party whose log it is. */
  readonly log: string;
  /** Lines. */
  readonly size: number;
  /** Hex. */
  readonly root: string;
  /** By the clock of the log's party. */
  readonly time: string;
}

/** A signature and the key it verifies under: base64 of the SubjectPublicKeyInfo, whose SHA-256 is the pin. */
export interface Signature {
  readonly key: string;
  readonly signature: string;
}

export interface SignedHead extends Signature {
  readonly head: TreeHead;
}

export interface WitnessSignature extends Signature {
  readonly party: string;
  /** When it was seen, by the clock of the witness. */
  readonly time: string;
}

export interface WitnessedHead extends SignedHead {
  readonly witness: WitnessSignature;
}

const headBytes = (head: TreeHead): Uint8Array => bytesOf(canonicalJson({ format: 'fedcredit/audit-head/1', ...head }));

/** The counter-signature covers the head and the signature it came with: the witness saw both. */
const witnessBytes = ({ head, key, signature }: SignedHead, { party, time }: Pick<WitnessSignature, 'party' | 'time'>): Uint8Array =>
  bytesOf(canonicalJson({ format: 'fedcredit/audit-witness/1', head: { ...head }, key, signature, witness: party, time }));

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export const signHead = (head: TreeHead, key: IdentityKey): SignedHead => ({ head, ...signature(key, headBytes(head)) });

export const counterSign = (signed: SignedHead, party: string, time: string, key: IdentityKey): WitnessedHead => ({
  ...signed,
  witness: { party, time, ...signature(key, witnessBytes(signed, { party, time })) },
});

/** @param pins keys of the log's party */
export const isHeadOf = (pins: readonly string[], signed: SignedHead): boolean => isSignedBy(pins, headBytes(signed.head), decoded(signed));

/** @param pins keys of the witness */
export const isWitnessedBy = (pins: readonly string[], witnessed: WitnessedHead): boolean =>
  isSignedBy(pins, witnessBytes(witnessed, witnessed.witness), decoded(witnessed.witness));

function signature(key: IdentityKey, message: Uint8Array): Signature {
  return { key: toBase64(key.spki), signature: toBase64(key.sign(message)) };
}

const decoded = ({ key, signature }: Signature): { spki: Uint8Array; signature: Uint8Array } => ({
  spki: fromBase64(key),
  signature: fromBase64(signature),
});

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
export const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
