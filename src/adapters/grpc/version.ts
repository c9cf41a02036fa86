/** Which language we speak on the wire, and which release speaks it. */
import { createRequire } from 'node:module';

/** Raised whenever a frame, a message kind or a step changes its meaning; both sides must have the same. */
export const PROTOCOL_VERSION = 3;

// One level below the package root three folders up, from src/ and from dist/ alike.
const manifest: unknown = createRequire(import.meta.url)('../../../package.json');

/** Release of this library, for humans; never decides anything. */
export const LIBRARY_VERSION: string =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';
