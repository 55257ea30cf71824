// The order of the rooms (architecture.json) as rules: an import may only go down the list.
const { rooms } = require('./architecture.json');

const tests = '\\.(test|test-helper)\\.ts$|^test/';
/** A room, without the files of rooms that lie below it in the tree. */
const inside = (path) => (path === 'src/cli' ? '^src/cli/[^/]+$' : `^${path}/`);

const order = rooms.slice(0, -1).map(({ path }, index) => ({
  name: `${path} imports no higher room`,
  severity: 'error',
  from: { path: inside(path), pathNot: [tests, '^src/contract/entry\\.cjs$'] },
  to: { path: rooms.slice(index + 1).map((higher) => inside(higher.path)) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...order,
    {
      name: 'no circle of files',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'every file of src is in a room',
      severity: 'error',
      from: { path: '^(src|plugins|scripts)/' },
      to: {
        path: '^src/',
        pathNot: ['^src/(main\\.ts|register\\.cjs)$', ...rooms.map(({ path }) => inside(path))],
      },
    },
    {
      name: 'a plugin imports the contract and nothing else of the host',
      severity: 'error',
      from: { path: '^plugins/', pathNot: tests },
      to: { path: ['^src/', '/node_modules/(@nestjs|nest-commander|typeorm)/'], pathNot: '^src/contract/' },
    },
    {
      name: 'the host imports no plugin',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: { path: '^plugins/' },
    },
    {
      name: 'the product imports no test helper',
      severity: 'error',
      from: { path: '^(src|plugins)/', pathNot: tests },
      to: { path: tests },
    },
    {
      name: 'the product needs no development dependency',
      severity: 'error',
      from: { path: '^(src|plugins)/', pathNot: [tests, '^src/(contract|host/conformance)/testing\\.ts$'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'],
      exportsFields: ['exports'],
    },
  },
};
