const { compilerOptions } = require('./tsconfig.json');

const moduleNameMapper = Object.fromEntries(
  Object.entries(compilerOptions.paths).map(([name, [path]]) => [`^${name}$`, path.replace('./', '<rootDir>/')]),
);

/** One runner for every project: a test file belongs to the project whose folder it is in. */
module.exports = {
  rootDir: __dirname,
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/tools'],
  testMatch: ['**/*.spec.ts'],
  testEnvironment: 'node',
  moduleNameMapper,
  transform: {
    '\\.graphql$': '<rootDir>/tools/graphql-text.js',
    '\\.[tj]s$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true }, transform: { legacyDecorator: true } },
        module: { type: 'commonjs' },
      },
    ],
  },
  // The one dependency published as ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  maxWorkers: 2,
  testTimeout: 120_000,
};
