import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const contexts = ['workorders', 'staffing', 'assets', 'inventory', 'energy'];
const libs = (...names) => names.map((name) => `scope:${name}`);

/** Only `libs/engines` talks to a store or a broker. */
const drivers = ['@eventstore/*', 'kafkajs', 'libsql', '@grpc/*'];
const frameworks = ['@nestjs/*', '@apollo/*', '@as-integrations/*', 'fastify', 'graphql', 'rxjs', 'reflect-metadata'];
/** One program plans queries over the graph; keeping it there keeps it replaceable. */
const planner = ['@apollo/query-planner', '@apollo/federation-internals'];

/** Which project may import which. `dependency-cruiser` repeats this and adds the rooms inside a project. */
const boundaries = [
  { sourceTag: 'scope:kernel', onlyDependOnLibsWithTags: [], allowedExternalImports: ['fast-check'] },
  { sourceTag: 'scope:contracts', onlyDependOnLibsWithTags: [], allowedExternalImports: ['zod', 'fast-check'] },
  { sourceTag: 'scope:engines', onlyDependOnLibsWithTags: libs('kernel'), bannedExternalImports: frameworks },
  {
    sourceTag: 'scope:service',
    onlyDependOnLibsWithTags: libs('kernel', 'contracts', 'engines'),
    bannedExternalImports: [...drivers, ...planner],
  },
  ...contexts.map((context) => ({
    sourceTag: `scope:${context}`,
    onlyDependOnLibsWithTags: libs('kernel', 'contracts', 'service'),
    bannedExternalImports: [...drivers, ...planner],
  })),
  { sourceTag: 'scope:gateway', onlyDependOnLibsWithTags: libs('kernel', 'contracts', 'service'), bannedExternalImports: drivers },
  {
    sourceTag: 'scope:standalone',
    onlyDependOnLibsWithTags: libs('kernel', 'contracts', 'engines', 'service', 'gateway', ...contexts),
    bannedExternalImports: [...drivers, ...planner],
  },
];

const enforce = (allow) => [
  'error',
  {
    allow,
    depConstraints: boundaries,
    // A spec of an engine starts a stand-in from tools/, and tools/ may import everything: no program runs in that circle.
    ignoredCircularDependencies: [['tools', '*']],
  },
];

/** What the compiler lets pass and is a mistake every time. */
const mistakes = Object.fromEntries(
  [
    'eqeqeq',
    'no-async-promise-executor',
    'no-case-declarations',
    'no-cond-assign',
    'no-control-regex',
    'no-empty',
    'no-empty-character-class',
    'no-irregular-whitespace',
    'no-loss-of-precision',
    'no-misleading-character-class',
    'no-self-assign',
    'no-self-compare',
    'no-sparse-arrays',
    'no-template-curly-in-string',
    'no-unsafe-finally',
    'no-unsafe-optional-chaining',
    'no-useless-catch',
    'no-useless-escape',
    'prefer-const',
    'use-isnan',
  ].map((rule) => [rule, 'error']),
);

/** The instant, chance and the machine reach a rule only inside a command or an event. */
const pure = {
  'no-restricted-globals': [
    'error',
    ...['process', 'console', 'crypto', 'performance', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'].map(
      (name) => ({
        name,
        message: 'This room is pure: what it depends on arrives in its arguments.',
      }),
    ),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: 'The instant arrives in the command or the event.' },
    ...['now', 'local', 'utc'].map((property) => ({
      object: 'DateTime',
      property,
      message: 'The instant arrives in the command or the event.',
    })),
    { object: 'Math', property: 'random', message: 'Decide twice, answer the same: no chance here.' },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'The instant arrives in the command or the event.' },
    { selector: "CallExpression[callee.name='Date']", message: 'The instant arrives in the command or the event.' },
  ],
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/*.d.ts', '**/generated/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      ...mistakes,
      'no-constant-condition': ['error', { checkLoops: 'allExceptWhileTrue' }],
      '@nx/enforce-module-boundaries': enforce([]),
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/only-throw-error': 'error',
    },
  },
  // Nest wires programs, so these two import them; tools test and measure all of it.
  {
    files: ['apps/standalone/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': enforce([`^@hospital/(${[...contexts, 'gateway'].join('|')})$`]) },
  },
  { files: ['tools/**/*.ts'], rules: { '@nx/enforce-module-boundaries': 'off' } },
  {
    files: ['libs/{engines,service}/**/*.spec.ts', 'libs/{engines,service}/**/testing/**/*.ts', 'apps/*/**/*.spec.ts'],
    rules: {
      '@nx/enforce-module-boundaries': enforce(['^@hospital/engines$', '^@hospital/(kernel|service)/testing$', '^(\\.\\./)+tools/']),
    },
  },
  {
    files: ['apps/*/src/{domain,views,integration,history}/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: pure,
  },
);
