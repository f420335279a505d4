import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { sluice } from './tools/lint/plugin.mjs';

const testFiles = ['**/*.test.ts'];

const restrictedEverywhere = [
  { selector: 'ExportDefaultDeclaration', message: 'Exports are named.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
  { selector: 'ForInStatement', message: 'Use for...of over Object.keys or Object.entries: for...in walks the prototype chain.' },
];

const restrictedInTests = [
  {
    selector: 'CallExpression[callee.type="MemberExpression"][callee.property.name="only"][callee.object.name=/^(it|test|describe)$/]',
    message: 'A committed .only hides all other tests.',
  },
  {
    selector:
      'MemberExpression[property.name=/^(toMatchSnapshot|toMatchInlineSnapshot|toThrowErrorMatchingSnapshot|toThrowErrorMatchingInlineSnapshot)$/]',
    message: 'State what the behaviour is instead of recording it.',
  },
  {
    selector: 'CallExpression[callee.object.name="jest"][callee.property.name=/^(mock|unstable_mockModule)$/] > Literal[value=/^\\./]',
    message: 'Our own modules take what they need as arguments: hand in a fake.',
  },
];

export default tseslint.config(
  { ignores: ['dist/', '.cache/', 'coverage/', 'node_modules/', '**/*.generated.ts'] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { sluice },
    rules: {
      ...Object.fromEntries(Object.keys(sluice.rules).map((name) => [`sluice/${name}`, 'error'])),

      // TypeScript itself knows which names exist.
      'no-undef': 'off',
      'no-redeclare': 'off',
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-restricted-syntax': ['error', ...restrictedEverywhere],

      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' }],
      // An implementation of an asynchronous port may well have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // Numbers and booleans in messages are plain; objects are not.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  {
    files: testFiles,
    rules: {
      'no-restricted-syntax': ['error', ...restrictedEverywhere, ...restrictedInTests],
      // expect.any() and asymmetric matchers are typed any by design.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    rules: {
      // ESLint and jest load their own configuration by default export.
      'no-restricted-syntax': ['error', ...restrictedEverywhere.slice(1)],
      // JSDoc casts on ESLint's loosely typed nodes: tsc checks these files, the rules about any add only noise.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
);
