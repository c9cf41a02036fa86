/** config: a party's YAML, checked, with the files it points to. */
export { readYaml } from './document.ts';
export { type LoadedConfig, loadConfig, resolveRules } from './load.ts';
export type { AssetConfig, PartyConfig, PeerConfig } from './schema.ts';
