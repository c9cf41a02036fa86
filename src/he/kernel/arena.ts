/**
 * A shared WASM memory handed out from the bottom up. One arena a secret key, a public key or a slab of plaintexts: what lives together is
 * freed together, when the last reference to the memory goes.
 */
import { RefusedError } from '../../base/index.ts';
import { type WasmMemory, wasm } from './wasm-api.ts';

const PAGE = 65_536;
const ALIGN = 64;
const MAX_PAGES = 65_536;
/** Words of 8 bytes: a shared memory is filled element by element, bytes nine times slower than these. */
const WIPE_CHUNK = 1024 ** 2;
/** A WASM memory holds 4 GiB; the last page is left out so that no offset reaches 2^32. */
export const ARENA_LIMIT = (MAX_PAGES - 1) * PAGE;

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGN) * ALIGN;

export class Arena {
  readonly memory: WasmMemory;
  #top = ALIGN;

  constructor() {
    this.memory = new wasm.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
  }

  /** Offset of a block, 64-byte aligned; zero when its bytes were never used before. @throws RefusedError `ERR_HE_KERNEL_MEMORY`. */
  allocate(bytes: number): number {
    const at = this.#top;
    const top = at + aligned(bytes);
    if (top > ARENA_LIMIT) throw memoryRefused(`${top} bytes in one WASM memory`, top);
    const missing = top - this.memory.buffer.byteLength;
    if (missing > 0) this.#grow(Math.ceil(missing / PAGE), top);
    this.#top = top;
    return at;
  }

  /** Where the next block will start: pass it to `release` to give back everything after it. */
  get mark(): number {
    return this.#top;
  }

  release(mark: number): void {
    this.#top = mark;
  }

  /** Overwrites everything with zeros, by eight bytes: JavaScript fills shared memory element by element. */
  wipe(): void {
    new Float64Array(this.memory.buffer).fill(0);
  }

  /** Overwrites one block, a multiple of eight bytes. */
  wipeBlock(at: number, bytes: number): void {
    new Float64Array(this.memory.buffer, at, bytes / 8).fill(0);
  }

  /** The same for gigabytes: the event loop gets its turn every 8 MiB. */
  async wipeInTurns(): Promise<void> {
    const words = new Float64Array(this.memory.buffer);
    for (let at = 0; at < words.length; at += WIPE_CHUNK) {
      words.fill(0, at, Math.min(at + WIPE_CHUNK, words.length));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #grow(pages: number, top: number): void {
    try {
      this.memory.grow(pages);
    } catch (cause) {
      throw memoryRefused(`${top} bytes, which the system does not give`, top, cause);
    }
  }
}

export function memoryRefused(what: string, bytes: number, cause?: unknown): RefusedError {
  return new RefusedError('ERR_HE_KERNEL_MEMORY', `the kernel would need ${what}`, {
    cause,
    help: 'Use fewer vectors a call, a lower residentCap, or larger blocks so that a vector has fewer uploads.',
    details: { bytes },
  });
}

/** Named blocks one after the other: offsets from a base, and the total. */
export function blocks<Name extends string>(sizes: Readonly<Record<Name, number>>): Blocks<Name> {
  const at = {} as Record<Name, number>;
  let total = 0;
  for (const name of Object.keys(sizes) as Name[]) {
    at[name] = total;
    total += aligned(sizes[name]);
  }
  return { at, total };
}

export interface Blocks<Name extends string> {
  readonly at: Readonly<Record<Name, number>>;
  readonly total: number;
}
