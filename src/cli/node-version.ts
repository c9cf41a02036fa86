/**
 * Which Node can run this: `^22.19.0 || >=24.15.0`. node-seal 7 is compiled with WebAssembly's newer exceptions, which older releases refuse
 * ("invalid value type 'noexternref'").
 */

/** @param version e.g. "20.20.2" @returns {string | undefined} one sentence, or nothing when the version will do */
export function versionProblem(version: string): string | undefined {
  const [major, minor] = version.split('.').map(Number);
  const fits = (major === 22 && minor >= 19) || (major === 24 && minor >= 15) || major > 24;
  if (fits) return undefined;
  return `Node.js ${version} cannot run it (its WebAssembly lacks what the encryption needs); use Node.js 22.19 or later of 22, or 24.15 or later. In a checkout, "npx fedcredit" and "npm run" bring their own.`;
}
