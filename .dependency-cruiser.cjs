const contexts = '(workorders|staffing|assets|inventory|energy)';
const index = (lib) => `^libs/${lib}/src/index\\.ts$`;
const spec = '\\.spec\\.ts$';
/** Specs, and the suites and helpers written for them. */
const test = [spec, '/testing/'];
const luxon = 'node_modules/(@types/)?luxon/';
const drivers = 'node_modules/(@eventstore|kafkajs|libsql|@libsql|@grpc)/';
const frameworks = 'node_modules/(@nestjs|@apollo|@as-integrations|fastify|@fastify|graphql|rxjs|reflect-metadata)/';

/** What a room may import, all else is forbidden: npm packages and Node's own modules too. */
const room = (name, comment, ...allowed) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^apps/([^/]+)/src/${name}/`, pathNot: spec },
  to: { pathNot: [`^apps/$1/src/${name}/`, ...allowed] },
});

/** Where a room may name the shapes of the domain but not run its rules. */
const typesOfDomainOnly = (name, ...except) => ({
  name: `${name}-takes-types-of-domain`,
  comment: `${name}/ imports types from domain/ (import type …), no values.`,
  severity: 'error',
  from: { path: `^apps/([^/]+)/src/${name}/`, pathNot: [spec, ...except].flat() },
  to: { path: '^apps/$1/src/domain/', dependencyTypesNot: ['type-only'] },
});

/** What a library may import of ours. */
const lib = (name, ...allowed) => ({
  name: `lib-${name}`,
  comment: `libs/${name} imports of ours: ${allowed.join(', ') || 'nothing'}.`,
  severity: 'error',
  from: { path: `^libs/${name}/`, pathNot: test },
  to: { path: '^(apps|libs|tools)/', pathNot: [`^libs/${name}/`, ...allowed.map(index)] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A circle of files cannot be read from top to bottom.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },

    room(
      'domain',
      'domain/ imports itself, the kernel and luxon: the rules of time zones are data, not a machine.',
      index('kernel'),
      luxon,
    ),
    room('views', 'views/ imports types of domain/ and the kernel.', '^apps/$1/src/domain/', index('kernel')),
    // The board is ordered and the deadlines are found by what falls due, which only the folded order knows.
    typesOfDomainOnly('views', '^apps/workorders/src/views/work-orders\\.ts$'),
    room(
      'integration',
      'integration/ imports domain/, contracts, the kernel and types of service.',
      '^apps/$1/src/domain/',
      index('contracts'),
      index('kernel'),
      index('service'),
    ),
    {
      name: 'integration-takes-types-of-service',
      comment: 'integration/ is pure: of service it imports types (import type …), no values.',
      severity: 'error',
      from: { path: '^apps/[^/]+/src/integration/', pathNot: spec },
      to: { path: index('service'), dependencyTypesNot: ['type-only'] },
    },
    room('history', 'history/ imports types of domain/, the kernel and its own samples.', '^apps/$1/src/domain/', index('kernel')),
    typesOfDomainOnly('history'),
    {
      name: 'api',
      comment: 'api/ imports domain/, views/, photos/, service and the kernel of ours.',
      severity: 'error',
      from: { path: `^apps/${contexts}/src/api/`, pathNot: spec },
      to: {
        path: '^(apps|libs|tools)/',
        pathNot: ['^apps/$1/src/(api|domain|views|photos)/', index('service'), index('kernel')],
      },
    },
    {
      name: 'photos',
      comment: 'photos/ imports views/, service and the kernel of ours.',
      severity: 'error',
      from: { path: `^apps/${contexts}/src/photos/`, pathNot: spec },
      to: {
        path: '^(apps|libs|tools)/',
        pathNot: ['^apps/$1/src/(photos|views)/', index('service'), index('kernel')],
      },
    },
    {
      name: 'delivery',
      comment: 'delivery/ imports domain/, service and the kernel of ours.',
      severity: 'error',
      from: { path: `^apps/${contexts}/src/delivery/`, pathNot: spec },
      to: {
        path: '^(apps|libs|tools)/',
        pathNot: ['^apps/$1/src/(delivery|domain)/', index('service'), index('kernel')],
      },
    },
    {
      name: 'mail-in-delivery',
      comment: 'Only delivery/ sends mail: what leaves the house leaves by that room.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^apps/[^/]+/src/delivery/'] },
      to: { path: 'node_modules/nodemailer/' },
    },

    lib('kernel'),
    lib('contracts'),
    lib('engines', 'kernel'),
    lib('service', 'kernel', 'contracts', 'engines'),
    {
      name: 'kernel-stands-alone',
      comment: 'Of Node the kernel uses crypto, of npm nothing: no network, no files, no framework.',
      severity: 'error',
      from: { path: '^libs/kernel/', pathNot: test },
      to: { pathNot: ['^libs/kernel/', '^(node:)?crypto$'] },
    },
    {
      name: 'contracts-are-schemas',
      comment: 'Of npm contracts use zod: they must load anywhere.',
      severity: 'error',
      from: { path: '^libs/contracts/', pathNot: test },
      to: { pathNot: ['^libs/', 'node_modules/zod/'] },
    },
    {
      name: 'no-app-imports-another',
      comment: 'Contexts meet on the bus and in the graph; standalone alone starts them, by their index.ts.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/standalone/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'apps-by-their-front-door',
      comment: 'standalone imports an app by its index.ts.',
      severity: 'error',
      from: { path: '^apps/standalone/' },
      to: { path: '^apps/', pathNot: ['^apps/standalone/', '^apps/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'libs-by-their-front-door',
      comment: 'A library is imported by its index.ts.',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/' },
      to: { path: '^libs/', pathNot: ['^$1/$2/', '^libs/[^/]+/src/(testing/)?index\\.ts$'] },
    },
    {
      name: 'engines-behind-service',
      comment: 'Nothing above service knows which engine runs; standalone chooses them.',
      severity: 'error',
      from: { path: '^apps/', pathNot: ['^apps/standalone/', ...test] },
      to: { path: '^libs/engines/' },
    },
    {
      name: 'drivers-in-engines',
      comment: 'Only libs/engines and its stand-ins speak to a store or a broker.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^libs/engines/' },
      to: { path: drivers },
    },
    {
      name: 'no-framework-below-service',
      comment: 'Rules, promises and engines outlive the web framework.',
      severity: 'error',
      from: { path: '^libs/(kernel|contracts|engines)/' },
      to: { path: frameworks },
    },
    {
      name: 'planner-in-gateway',
      comment: 'One program plans queries over the graph; keeping it there keeps it replaceable.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^apps/gateway/' },
      to: { path: 'node_modules/@apollo/(query-planner|federation-internals)/' },
    },
    {
      name: 'testing-for-tests',
      comment: 'testing/ is imported by specs, other testing/ folders and tools.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: test },
      to: { path: '/testing/' },
    },
    {
      name: 'no-program-needs-tools',
      comment: 'tools/ tests, builds and measures; no program imports it.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: test },
      to: { path: '^tools/' },
    },
    {
      name: 'no-dev-dependency-in-a-program',
      comment: 'What runs in production is a dependency.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: test },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'no-undeclared-dependency',
      comment: 'Every package imported is named in package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
