/**
 * What a product needs of memory, before anything is allocated: how many answers' plaintexts stay resident, how many are made anew in a
 * streaming pass, how many vectors one pass serves. A plan that cannot fit is refused with its numbers.
 */
import type { HeParameters } from '../types.ts';
import { ARENA_LIMIT, memoryRefused } from './arena.ts';
import { ANSWERS_TOGETHER } from './operand-site.ts';

const SLAB_PLAIN_LIMIT = 3 * 1024 ** 3;
/** Beyond this many vectors the sums of one thread would crowd its caches without saving transforms worth the name. */
const MOST_VECTORS = 32;
/** Contexts, staging of small pieces, streams. */
const SLAB_OVERHEAD = 8 * 1024 ** 2;

export interface ProductShape {
  readonly answers: number;
  readonly uploads: number;
  readonly vectors: number;
}

export interface MemoryLimits {
  /** Bytes for resident plaintexts. */
  readonly residentCap: number;
  /** Bytes for everything the product holds. */
  readonly memoryCap: number;
  readonly threads: number;
  /** Bytes of plaintexts one WASM memory holds at most. @default 3 GiB: the last is for uploads and work */
  readonly slabLimit?: number;
}

/** All figures in bytes unless they say otherwise. */
export interface MemoryPlan {
  /** Answers whose plaintexts stay in NTT form. */
  readonly residentAnswers: number;
  readonly residentBytes: number;
  /** Answers whose plaintexts are made anew in each pass, and their size: what a pass transforms. */
  readonly streamedAnswers: number;
  readonly streamedBytes: number;
  /** Passes over the operand, and how many vectors the largest serves. */
  readonly passes: number;
  readonly vectorsPerPass: number;
  /** Uploads in NTT form, in every slab. */
  readonly uploadBytes: number;
  /** Sums, staging and scratch of all threads. */
  readonly workBytes: number;
  /** WASM memories the plaintexts are spread over, and how many resident answers each holds at most. */
  readonly slabs: number;
  readonly answersPerSlab: number;
  readonly totalBytes: number;
}

const GIB = 1024 ** 3;

export interface DefaultCaps {
  readonly residentCap: number;
  readonly memoryCap: number;
}

/**
 * Caps where none are given. What does not stay resident is transformed again for every level of every tree, ten times the cost of a
 * product: so much stays as leaves the machine room for the other party, were it here too.
 */
export const defaultCaps = (machineBytes: number): DefaultCaps => ({
  residentCap: Math.floor(Math.min(8.5 * GIB, 0.4 * machineBytes)),
  memoryCap: Math.floor(Math.min(12 * GIB, 0.75 * machineBytes)),
});

/** One plaintext in NTT form. */
export const polynomialBytes = (parameters: HeParameters): number => 4 * parameters.ringDegree * parameters.dataPrimes.length;

/** @throws RefusedError `ERR_HE_KERNEL_MEMORY` when not even one vector fits, or the total is above `memoryCap`. */
export function planMemory(parameters: HeParameters, shape: ProductShape, limits: MemoryLimits): MemoryPlan {
  const answerBytes = shape.uploads * polynomialBytes(parameters);
  const perSlab = Math.floor((limits.slabLimit ?? SLAB_PLAIN_LIMIT) / answerBytes);
  if (perSlab === 0) throw memoryRefused(`${answerBytes} bytes for the plaintexts of one answer`, answerBytes);
  const residentAnswers = Math.min(shape.answers, Math.floor(limits.residentCap / answerBytes));
  const streamedAnswers = shape.answers - residentAnswers;
  const slabs = Math.max(1, Math.ceil(residentAnswers / perSlab));
  const fullest = Math.min(residentAnswers, perSlab) * answerBytes;
  const vectorsPerPass = fitVectors(parameters, shape, limits.threads, ARENA_LIMIT - SLAB_OVERHEAD - fullest);
  const uploadBytes = 2 * vectorsPerPass * answerBytes;
  const workBytes = workOf(parameters, shape.uploads, vectorsPerPass, limits.threads);
  const totalBytes = residentAnswers * answerBytes + slabs * (uploadBytes + SLAB_OVERHEAD) + workBytes;
  if (totalBytes > limits.memoryCap) throw memoryRefused(`${totalBytes} bytes, above the cap of ${limits.memoryCap}`, totalBytes);
  return Object.freeze({
    residentAnswers,
    residentBytes: residentAnswers * answerBytes,
    streamedAnswers,
    streamedBytes: streamedAnswers * answerBytes,
    passes: Math.ceil(shape.vectors / vectorsPerPass),
    vectorsPerPass,
    uploadBytes,
    workBytes,
    slabs,
    answersPerSlab: perSlab,
    totalBytes,
  });
}

/** Per thread: the sums of each vector and answer multiplied together, one staged answer (signed words), one prime's transformed plaintexts. */
function workOf(parameters: HeParameters, uploads: number, vectors: number, threads: number): number {
  const limb = 4 * parameters.ringDegree;
  return threads * (2 * ANSWERS_TOGETHER * vectors * parameters.dataPrimes.length + 3 * uploads + 8) * limb;
}

function fitVectors(parameters: HeParameters, shape: ProductShape, threads: number, room: number): number {
  const fixed = workOf(parameters, shape.uploads, 0, threads);
  const each = 2 * shape.uploads * polynomialBytes(parameters) + workOf(parameters, 0, 1, threads);
  const most = Math.min(shape.vectors, MOST_VECTORS, Math.floor((room - fixed) / each));
  if (most < 1) throw memoryRefused(`${fixed + each} bytes beside the plaintexts for a vector of ${shape.uploads} uploads`, fixed + each);
  return most;
}
