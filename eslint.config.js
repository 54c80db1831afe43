import tseslint from 'typescript-eslint';

/**
 * The floors of the house, top to bottom. A file may import from its own room and from every floor below it;
 * an import that goes up, or between two rooms of one floor that must not know each other, is an error.
 */
const floors = [
  { room: 'src/commands', mayNot: [] },
  { room: 'src/harness/targets', mayNot: ['commands', 'report', 'runner'] },
  {
    room: 'src/harness/exec',
    mayNot: ['commands', 'cli', 'report', 'targets', 'runner', 'guest', 'passthrough', 'machine'],
  },
  {
    room: 'src/harness/doctor',
    mayNot: ['commands', 'cli', 'report', 'targets', 'runner', 'guest', 'passthrough', 'machine'],
  },
  { room: 'src/harness/report', mayNot: ['commands', 'targets', 'guest', 'passthrough', 'machine'] },
  { room: 'src/plugins', mayNot: ['commands', 'report', 'targets'] },
  { room: 'src/harness/runner', mayNot: ['commands', 'report', 'targets', 'guest', 'passthrough', 'machine'] },
  {
    room: 'src/harness/guest',
    mayNot: ['commands', 'report', 'targets', 'runner', 'plugins', 'passthrough', 'machine'],
  },
  {
    room: 'src/harness/vfio',
    mayNot: ['commands', 'report', 'targets', 'runner', 'plugins', 'guest', 'passthrough', 'machine'],
  },
  { room: 'src/harness/passthrough', mayNot: ['commands', 'report', 'targets', 'runner', 'plugins', 'guest', 'vfio'] },
  {
    room: 'src/harness/machine',
    mayNot: ['commands', 'report', 'targets', 'runner', 'plugins', 'guest', 'vfio', 'passthrough'],
  },
  {
    room: 'src/harness/ports',
    mayNot: ['commands', 'report', 'targets', 'runner', 'plugins', 'guest', 'passthrough', 'machine'],
  },
  {
    room: 'src/harness/uapi',
    mayNot: ['commands', 'report', 'targets', 'runner', 'plugins', 'guest', 'passthrough', 'machine', 'ports'],
  },
  ...['program-file', 'requirements'].map((room) => ({
    room: `src/harness/${room}`,
    mayNot: ['commands', 'report', 'targets', 'runner', 'plugins', 'guest', 'passthrough', 'machine', 'ports', 'uapi'],
  })),
  {
    room: 'src/harness/arch',
    mayNot: ['commands', 'report', 'targets', 'runner', 'plugins', 'guest', 'passthrough', 'machine', 'ports', 'uapi'],
  },
];

const importRule = floors
  .filter(({ mayNot }) => mayNot.length > 0)
  .map(({ room, mayNot }) => ({
    files: [`${room}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^\\.\\.?/(.*/)?(${mayNot.join('|')})/`,
              message: `${room} may import only from the floors below it (docs/architecture.md).`,
            },
          ],
        },
      ],
    },
  }));

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'results/**', 'test/fixtures/**'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
    },
  },
  ...importRule,
  {
    files: ['plugins/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '(^|/)src/',
              message: "A plugin imports the package's public entry, ccwspec/plugin, and its own files only.",
            },
          ],
        },
      ],
    },
  },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
);
