/**
 * What the two parties of federated binning say, in order:
 *   label party → holder   binning/ask       rows, rules, public key, Enc(y)
 *   holder → label party   binning/counts    cells and rows of each feature (in a secret order), blinded Σy of each cell
 *   label party → holder   binning/plan      for each feature: kept or not, and which cells form a bin; on request its disguised scale
 */
import { ByteReader, ByteWriter } from '../../../base/index.ts';
import { answerBytes, type HeParameters, type MatvecLayout, publicKeyBytes, uploadBytes } from '../../../he/index.ts';
import { type BinningRules, type CellShape, cellFloor } from '../../../learn/binning/index.ts';

export const KIND = Object.freeze({ ask: 'binning/ask', counts: 'binning/counts', plan: 'binning/plan' });

/** More features than this in one run are a mistake. */
export const MAX_FEATURES = 4096;
/** 50 ordered cells, special codes, a missing cell. */
export const MAX_CELLS = 4096;

/** A feature as the label party sees it: no name, no edge, no category. */
export interface OpaqueFeature extends CellShape {
  /** Rows of each cell. */
  readonly counts: Uint32Array;
}

/** One feature's plan. `scale` is present when the contract lets the holder have the disguised weight of evidence. */
export interface FeaturePlan {
  readonly kept: boolean;
  readonly binOfCell: readonly number[];
  readonly bins: number;
  readonly scale: DisguisedScale | undefined;
}

/** Weight of evidence of each bin up to an unknown affine map: the extremes are 0 and 1, in an order drawn at random. */
export interface DisguisedScale {
  readonly perBin: Float64Array;
  /** Where woe 0 lies on this scale; stands for neutral values. */
  readonly neutral: number;
}

export const encodeRules = (rows: number, rules: BinningRules): Uint8Array =>
  new ByteWriter()
    .u32(rows)
    .text(JSON.stringify(rules, Object.keys(rules).sort()))
    .finish();

export function encodeAsk(rows: number, rules: BinningRules, publicKey: Uint8Array): Uint8Array {
  return new ByteWriter().blob(encodeRules(rows, rules)).blob(publicKey).finish();
}

export function decodeAsk(bytes: Uint8Array, parameters: HeParameters): { rules: Uint8Array; publicKey: Uint8Array } {
  const reader = new ByteReader(bytes, KIND.ask);
  const rules = reader.blob('rules', { min: 8, max: 65_536 });
  const size = publicKeyBytes(parameters);
  const publicKey = reader.blob('public key', { min: size, max: size });
  reader.end();
  return { rules, publicKey };
}

export function encodeUploads(uploads: readonly Uint8Array[]): Uint8Array {
  return new ByteWriter().blobs(uploads).finish();
}

export function decodeUploads(bytes: Uint8Array, parameters: HeParameters, layout: MatvecLayout): Uint8Array[] {
  const reader = new ByteReader(bytes, KIND.ask);
  const size = uploadBytes(parameters);
  const uploads = reader.blobs('uploads', { min: layout.uploads, max: layout.uploads }, { min: size, max: size });
  reader.end();
  return uploads;
}

export function encodeShapes(features: readonly OpaqueFeature[]): Uint8Array {
  const writer = new ByteWriter().u32(features.length);
  for (const { kind, ordered, counts } of features)
    writer
      .u8(kind === 'numeric' ? 0 : 1)
      .u32(ordered)
      .u32s(counts);
  return writer.finish();
}

/** Also checks what the holder promised: no cell below the floor, no feature with more rows than there are. */
export function decodeShapes(bytes: Uint8Array, rows: number, rules: BinningRules): OpaqueFeature[] {
  const reader = new ByteReader(bytes, KIND.counts);
  const floor = cellFloor(rules, rows);
  const features = Array.from({ length: reader.u32('features', MAX_FEATURES, 1) }, () => {
    const kind = reader.u8('kind', 1) === 0 ? ('numeric' as const) : ('categorical' as const);
    const ordered = reader.u32('ordered cells', MAX_CELLS, 1);
    const counts = reader.u32s('cells', { min: ordered, max: MAX_CELLS }, rows);
    if (counts.reduce((sum, count) => sum + count, 0) > rows) reader.fail('cells', 'hold more rows than there are');
    if (counts.length > 1 && counts.some((count) => count < floor)) reader.fail('cells', `have fewer than ${floor} rows`);
    return { kind, ordered, counts };
  });
  reader.end();
  return features;
}

export function encodeAnswers(answers: readonly Uint8Array[]): Uint8Array {
  return new ByteWriter().blobs(answers).finish();
}

export function decodeAnswers(bytes: Uint8Array, parameters: HeParameters, layout: MatvecLayout, wanted: number): Uint8Array[] {
  const reader = new ByteReader(bytes, KIND.counts);
  const size = answerBytes(parameters, wanted);
  const answers = reader.blobs('answers', { min: layout.answers, max: layout.answers }, { min: size, max: size });
  reader.end();
  return answers;
}

export function encodePlans(plans: readonly FeaturePlan[]): Uint8Array {
  const writer = new ByteWriter().u32(plans.length);
  for (const { kept, bins, binOfCell, scale } of plans) {
    writer
      .u8(kept ? 1 : 0)
      .u32(bins)
      .u32s(binOfCell)
      .u8(scale ? 1 : 0);
    if (!scale) continue;
    for (const value of scale.perBin) writer.f64(value);
    writer.f64(scale.neutral);
  }
  return writer.finish();
}

/** `cells[f]` is the number of cells of feature f in the order they were sent. */
export function decodePlans(bytes: Uint8Array, cells: readonly number[], expectScale: boolean): FeaturePlan[] {
  const reader = new ByteReader(bytes, KIND.plan);
  reader.u32('features', cells.length, cells.length);
  const plans = cells.map((count) => {
    const kept = reader.bool('kept');
    const bins = reader.u32('bins', count, 1);
    const binOfCell = Array.from(reader.u32s('plan', { min: count, max: count }, bins - 1));
    if (new Set(binOfCell).size !== bins) reader.fail('plan', 'leaves a bin empty');
    if (reader.bool('scale') !== (kept && expectScale)) reader.fail('scale', 'is not what the contract says');
    const scale = kept && expectScale ? readScale(reader, bins) : undefined;
    return { kept, bins, binOfCell, scale };
  });
  reader.end();
  return plans;
}

function readScale(reader: ByteReader, bins: number): DisguisedScale {
  const perBin = Float64Array.from({ length: bins }, () => reader.f64('scale'));
  if (perBin.some((value) => value < 0 || value > 1)) reader.fail('scale', 'is not in 0..1');
  return { perBin, neutral: reader.f64('scale') };
}
