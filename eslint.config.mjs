import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** What lies on the host's side of the border (design: "Two containers, one border"). */
const hostFolders = [
  'artifact',
  'bench',
  'benchmark',
  'bundle',
  'catalog',
  'cli',
  'conformance',
  'cost',
  'dataset',
  'detector',
  'evaluation',
  'execution',
  'publication',
  'report',
  'results',
  'statistics',
  'tensor',
  'training',
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.rethink/', '.native/', 'reports/site/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      eqeqeq: ['error', 'always'],
    },
  },
  {
    // A plugin imports the contract and nothing else of the host.
    files: ['plugins/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [
                ...hostFolders.map((folder) => `**/src/${folder}/**`),
                '@nestjs/*',
                'nest-commander',
                'typeorm',
              ],
              message: 'A plugin imports src/contract and nothing else of the host.',
            },
          ],
        },
      ],
    },
  },
  {
    // The host finds plugins by their folder; it imports none. The contract imports no host.
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['**/plugins/**'], message: 'The host imports no plugin: src/catalog finds them.' },
          ],
        },
      ],
    },
  },
  {
    files: ['src/contract/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [...hostFolders.map((folder) => `../${folder}/**`), '@nestjs/*', '**/plugins/**'],
              message: 'The contract stands alone: it imports nothing of the host.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        require: 'readonly',
        module: 'readonly',
        __dirname: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        document: 'readonly',
        window: 'readonly',
        location: 'readonly',
        history: 'readonly',
        URLSearchParams: 'readonly',
        fetch: 'readonly',
        addEventListener: 'readonly',
        atob: 'readonly',
        DOMParser: 'readonly',
        EventSource: 'readonly',
      },
    },
  },
);
