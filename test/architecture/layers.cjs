// The import rules of src/README.md, as dependency-cruiser rules.
const ground = ['base', 'math'];
const party = [...ground, 'data', 'he', 'sharing', 'learn', 'protocol'];
const top = [...party, 'psi', 'federated', 'scoring', 'credit', 'adapters'];
const MAY = {
  base: [],
  math: ['base'],
  data: ground,
  he: ground,
  sharing: ground,
  learn: [...ground, 'data'],
  protocol: ['base'],
  psi: [...ground, 'data', 'protocol'],
  federated: party,
  scoring: party,
  credit: [...ground, 'data', 'learn'],
  adapters: [...party, 'psi'],
  node: top,
  pipeline: [...top, 'node'],
  report: [...top, 'node', 'pipeline'],
  cli: [...top, 'node', 'pipeline', 'report'],
};
const PURE = 'base|math|data|he|sharing|learn|protocol|psi|federated|scoring|credit';
const ONLY = {
  'node-seal': 'he/seal',
  '@grpc': 'adapters/grpc',
  protobufjs: 'adapters/grpc',
  '@duckdb': 'adapters/duckdb',
  piscina: 'adapters/workers',
  '@peculiar': 'adapters/certificates',
};
const rule = (name, from, to) => ({ name, severity: 'error', from, to });
module.exports = {
  forbidden: [
    rule('no-cycles', {}, { circular: true }),
    rule('unlisted-room', { path: '^src/', pathNot: `^src/(index\\.ts$|(${Object.keys(MAY).join('|')})/)` }, {}),
    ...Object.entries(MAY).map(([room, may]) =>
      rule(`floor:${room}`, { path: `^src/${room}/` }, { path: '^src/', pathNot: `^src/(${[room, ...may].join('|')})/` }),
    ),
    // A room is entered through its index.ts; adapters, federated protocols and engines are entered one level deeper.
    rule('front-door', { path: '^src/([^/]+)/' }, { path: '^src/', pathNot: ['^src/$1/', '/index\\.ts$'] }),
    rule(
      'pure-rooms',
      { path: `^src/(${PURE})/`, pathNot: '^src/(he/seal|he/kernel|psi/curve25519)/' },
      { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    ),
    ...Object.entries(ONLY).map(([name, home]) =>
      rule(`only:${name}`, { path: '^src/', pathNot: `^src/${home}` }, { path: `node_modules/${name}(/|$)` }),
    ),
  ],
  options: { tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' }, exclude: { path: '/gen/' } },
};
