import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/**
 * A rule that nobody enforces is a wish. This plants imports in a small copy of the house (its real configuration and tags, stub
 * sources) and listens to both guards: Nx between projects, dependency-cruiser between projects and rooms.
 */
interface Planted {
  readonly file: string;
  readonly imports: string;
  readonly typeOnly?: boolean;
  /** A part of the Nx rule's complaint; absent where the rule does not look into rooms. */
  readonly nx?: string;
  /** Name of the rule that dependency-cruiser breaks off with. */
  readonly cruiser?: string;
}

const HOUSE = ['package.json', 'package-lock.json', 'nx.json', 'tsconfig.json', 'eslint.config.mjs', '.dependency-cruiser.cjs'];

const stubs: Record<string, string> = {
  'libs/kernel/src/clock.ts': 'export type Instant = string;',
  'apps/workorders/src/domain/work-order.ts': "export type Status = 'open';\nexport const decide = () => [];",
  'apps/workorders/src/views/orders.ts': 'export const orders = 1;',
  'apps/workorders/src/api/orders.resolver.ts': 'export const resolver = 1;',
  'apps/workorders/src/integration/tells.ts': 'export const tells = 1;',
  'apps/workorders/src/photos/photo-folder.ts': 'export const folder = 1;',
  'apps/workorders/src/history/upcasters.ts': 'export const history = {};',
  'apps/workorders/src/app.module.ts': 'export const wiring = 1;',
  'apps/inventory/src/domain/egg.ts': "import './chicken';",
  'tools/eventstoredb/stand-in.ts': 'export const standIn = 1;',
};

const ONLY = 'can only depend on libs tagged with';
const NONE = 'cannot depend on any libs with tags';
const BANNED = 'is not allowed to import';
const APPS = 'Imports of apps are forbidden';
const RELATIVE = 'Projects cannot be imported by a relative or absolute path';

const forbidden: readonly Planted[] = [
  { file: 'libs/kernel/src/a.ts', imports: '@hospital/contracts', nx: NONE, cruiser: 'lib-kernel' },
  { file: 'libs/kernel/src/b.ts', imports: '@hospital/service', nx: NONE, cruiser: 'lib-kernel' },
  { file: 'libs/kernel/src/c.ts', imports: 'node:net', cruiser: 'kernel-stands-alone' },
  { file: 'libs/kernel/src/d.ts', imports: 'node:http', cruiser: 'kernel-stands-alone' },
  { file: 'libs/kernel/src/e.ts', imports: 'node:fs', cruiser: 'kernel-stands-alone' },
  { file: 'libs/kernel/src/f.ts', imports: '@nestjs/common', nx: BANNED, cruiser: 'no-framework-below-service' },
  { file: 'libs/kernel/src/g.ts', imports: 'zod', nx: BANNED, cruiser: 'kernel-stands-alone' },
  { file: 'libs/kernel/src/h.ts', imports: './testing', cruiser: 'testing-for-tests' },
  { file: 'libs/contracts/src/a.ts', imports: '@hospital/kernel', nx: NONE, cruiser: 'lib-contracts' },
  { file: 'libs/contracts/src/b.ts', imports: 'fastify', nx: BANNED, cruiser: 'no-framework-below-service' },
  { file: 'libs/contracts/src/c.ts', imports: 'rxjs', nx: BANNED, cruiser: 'contracts-are-schemas' },
  { file: 'libs/engines/src/a.ts', imports: '@hospital/contracts', nx: ONLY, cruiser: 'lib-engines' },
  { file: 'libs/engines/src/b.ts', imports: '@hospital/service', nx: ONLY, cruiser: 'lib-engines' },
  { file: 'libs/engines/src/c.ts', imports: '@apollo/server', nx: BANNED, cruiser: 'no-framework-below-service' },
  { file: 'libs/engines/src/d.ts', imports: '../../../tools/eventstoredb/stand-in', nx: RELATIVE, cruiser: 'no-program-needs-tools' },
  { file: 'libs/service/src/a.ts', imports: '@hospital/workorders', nx: APPS, cruiser: 'lib-service' },
  { file: 'libs/service/src/b.ts', imports: 'kafkajs', nx: BANNED, cruiser: 'drivers-in-engines' },
  { file: 'libs/service/src/c.ts', imports: '@eventstore/db-client', nx: BANNED, cruiser: 'drivers-in-engines' },
  { file: 'libs/service/src/d.ts', imports: 'libsql', nx: BANNED, cruiser: 'drivers-in-engines' },
  { file: 'libs/service/src/e.ts', imports: 'fast-check', cruiser: 'no-dev-dependency-in-a-program' },
  { file: 'libs/service/src/f.ts', imports: '../../kernel/src/clock', nx: RELATIVE, cruiser: 'libs-by-their-front-door' },
  { file: 'libs/service/src/g.ts', imports: 'avvio', cruiser: 'no-undeclared-dependency' },
  { file: 'apps/staffing/src/a.ts', imports: '@hospital/workorders', nx: APPS, cruiser: 'no-app-imports-another' },
  { file: 'apps/staffing/src/b.ts', imports: '@hospital/gateway', nx: APPS, cruiser: 'no-app-imports-another' },
  { file: 'apps/staffing/src/c.ts', imports: '@hospital/engines', nx: ONLY, cruiser: 'engines-behind-service' },
  { file: 'apps/staffing/src/d.ts', imports: 'kafkajs', nx: BANNED, cruiser: 'drivers-in-engines' },
  { file: 'apps/staffing/src/e.ts', imports: '@apollo/query-planner', nx: BANNED, cruiser: 'planner-in-gateway' },
  { file: 'apps/staffing/src/f.ts', imports: '@hospital/kernel/testing', cruiser: 'testing-for-tests' },
  { file: 'apps/staffing/src/g.spec.ts', imports: '@hospital/workorders', nx: APPS, cruiser: 'no-app-imports-another' },
  { file: 'apps/gateway/src/a.ts', imports: '@hospital/energy', nx: APPS, cruiser: 'no-app-imports-another' },
  { file: 'apps/gateway/src/b.ts', imports: '@hospital/engines', nx: ONLY, cruiser: 'engines-behind-service' },
  {
    file: 'apps/standalone/src/a.ts',
    imports: '../../workorders/src/domain/work-order',
    nx: RELATIVE,
    cruiser: 'apps-by-their-front-door',
  },
  { file: 'apps/workorders/src/domain/a.ts', imports: '@hospital/service', cruiser: 'domain' },
  { file: 'apps/workorders/src/domain/b.ts', imports: '@hospital/contracts', cruiser: 'domain' },
  { file: 'apps/workorders/src/domain/c.ts', imports: '@nestjs/common', cruiser: 'domain' },
  { file: 'apps/workorders/src/domain/d.ts', imports: 'node:crypto', cruiser: 'domain' },
  { file: 'apps/workorders/src/domain/e.ts', imports: '../views/orders', cruiser: 'domain' },
  { file: 'apps/workorders/src/domain/f.ts', imports: '../app.module', cruiser: 'domain' },
  { file: 'apps/workorders/src/views/a.ts', imports: '../domain/work-order', cruiser: 'views-takes-types-of-domain' },
  { file: 'apps/workorders/src/views/b.ts', imports: '../api/orders.resolver', cruiser: 'views' },
  { file: 'apps/workorders/src/views/c.ts', imports: '@hospital/service', cruiser: 'views' },
  { file: 'apps/workorders/src/integration/a.ts', imports: '../views/orders', cruiser: 'integration' },
  { file: 'apps/workorders/src/integration/b.ts', imports: '@hospital/service', cruiser: 'integration-takes-types-of-service' },
  { file: 'apps/workorders/src/api/a.ts', imports: '../integration/tells', cruiser: 'api' },
  { file: 'apps/workorders/src/api/b.ts', imports: '../history/upcasters', cruiser: 'api' },
  { file: 'apps/workorders/src/api/c.ts', imports: '@hospital/contracts', cruiser: 'api' },
  { file: 'apps/workorders/src/api/d.ts', imports: 'nodemailer', cruiser: 'mail-in-delivery' },
  { file: 'apps/workorders/src/delivery/a.ts', imports: '../views/orders', cruiser: 'delivery' },
  { file: 'apps/workorders/src/delivery/b.ts', imports: '@hospital/contracts', cruiser: 'delivery' },
  { file: 'apps/workorders/src/photos/a.ts', imports: '../domain/work-order', cruiser: 'photos' },
  { file: 'apps/workorders/src/photos/b.ts', imports: '@hospital/contracts', cruiser: 'photos' },
  { file: 'apps/workorders/src/history/a.ts', imports: '../domain/work-order', cruiser: 'history-takes-types-of-domain' },
  { file: 'apps/workorders/src/history/b.ts', imports: '../views/orders', cruiser: 'history' },
  { file: 'apps/inventory/src/domain/chicken.ts', imports: './egg', cruiser: 'no-circular' },
];

const legal: readonly Planted[] = [
  { file: 'libs/kernel/src/legal.ts', imports: 'node:crypto' },
  { file: 'libs/kernel/src/legal.spec.ts', imports: './testing' },
  { file: 'libs/contracts/src/legal.ts', imports: 'zod' },
  { file: 'libs/engines/src/legal.ts', imports: '@hospital/kernel' },
  { file: 'libs/engines/src/kafka/legal.ts', imports: 'kafkajs' },
  { file: 'libs/engines/src/legal.spec.ts', imports: '../../../tools/eventstoredb/stand-in' },
  { file: 'libs/service/src/legal.ts', imports: '@hospital/engines' },
  { file: 'libs/service/src/nest.ts', imports: '@nestjs/common' },
  { file: 'apps/workorders/src/legal.ts', imports: '@hospital/service' },
  { file: 'apps/workorders/src/legal.spec.ts', imports: '@hospital/kernel/testing' },
  { file: 'apps/workorders/src/legal.api.spec.ts', imports: '@hospital/engines' },
  { file: 'apps/workorders/src/domain/legal.ts', imports: '@hospital/kernel' },
  { file: 'apps/workorders/src/domain/legal.spec.ts', imports: 'fast-check' },
  { file: 'apps/workorders/src/domain/neighbour.ts', imports: './work-order' },
  { file: 'apps/workorders/src/views/legal.ts', imports: '../domain/work-order', typeOnly: true },
  { file: 'apps/workorders/src/history/legal.ts', imports: '../domain/work-order', typeOnly: true },
  { file: 'apps/workorders/src/integration/legal.ts', imports: '@hospital/contracts' },
  { file: 'apps/workorders/src/integration/shapes.ts', imports: '@hospital/service', typeOnly: true },
  { file: 'apps/workorders/src/api/legal.ts', imports: '../views/orders' },
  { file: 'apps/workorders/src/api/rules.ts', imports: '../domain/work-order' },
  { file: 'apps/workorders/src/api/photos.ts', imports: '../photos/photo-folder' },
  { file: 'apps/workorders/src/photos/legal.ts', imports: '../views/orders' },
  { file: 'apps/workorders/src/delivery/legal.ts', imports: '../domain/work-order' },
  { file: 'apps/workorders/src/delivery/mail.ts', imports: 'nodemailer' },
  { file: 'apps/gateway/src/legal.ts', imports: '@apollo/query-planner' },
  { file: 'apps/standalone/src/legal.ts', imports: '@hospital/workorders' },
  { file: 'apps/standalone/src/engines.ts', imports: '@hospital/engines' },
  { file: 'tools/legal.ts', imports: '@hospital/staffing' },
];

/** What a pure room may not reach for even without an import. */
const impure = ['Date.now()', 'new Date()', 'Math.random()', 'process.env', "fetch('http://127.0.0.1')", 'setTimeout(String, 1)'];
const pureRooms = ['domain', 'views', 'integration', 'history'];
const impureFile = (room: string, n: number): string => `apps/energy/src/${room}/impure-${n}.ts`;

const root = join(__dirname, '..');
const complaints = { nx: new Map<string, string>(), cruiser: new Map<string, string>(), purity: new Set<string>() };
let house: string;

function plant(file: string, text: string): void {
  mkdirSync(dirname(join(house, file)), { recursive: true });
  writeFileSync(join(house, file), `${text}\n`);
}

/** Resolves with what the tool printed, whether it found something or not. */
const run = (tool: string, ...args: string[]): Promise<string> =>
  new Promise((resolve) => {
    const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('NX_'));
    const env = { ...Object.fromEntries(clean), NX_DAEMON: 'false', FORCE_COLOR: '0' };
    execFile(join(root, 'node_modules/.bin', tool), args, { cwd: house, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve(stdout === '' && error !== null ? stderr : stdout),
    );
  });

async function askNx(): Promise<void> {
  // The rule reads the project graph from Nx's cache and says nothing at all without one.
  await run('nx', 'graph', '--file=graph.json');
  const printed = await run(
    'eslint',
    'apps',
    'libs',
    'tools',
    '--rule',
    '{"@typescript-eslint/no-floating-promises":"off"}',
    '--format',
    'json',
  );
  expect(printed).not.toContain('The rule will be skipped');
  for (const { filePath, messages } of JSON.parse(printed) as {
    filePath: string;
    messages: { ruleId: string | null; message: string }[];
  }[])
    for (const { ruleId, message } of messages) {
      if (ruleId === '@nx/enforce-module-boundaries') complaints.nx.set(relative(house, filePath), message);
      if (ruleId?.startsWith('no-restricted-')) complaints.purity.add(relative(house, filePath));
    }
}

async function askCruiser(): Promise<void> {
  const { summary } = JSON.parse(await run('depcruise', 'apps', 'libs', 'tools', '--output-type', 'json')) as {
    summary: { violations: { from: string; rule: { name: string } }[] };
  };
  for (const { from, rule } of summary.violations) complaints.cruiser.set(from, `${complaints.cruiser.get(from) ?? ''} ${rule.name}`);
}

beforeAll(async () => {
  house = realpathSync(mkdtempSync(join(tmpdir(), 'house-')));
  for (const file of HOUSE) cpSync(join(root, file), join(house, file));
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
  const projects = ['tools', ...['apps', 'libs'].flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name)))];
  for (const project of projects) {
    if (!existsSync(join(root, project, 'project.json'))) throw new Error(`${project} has no project.json: nobody guards it`);
    mkdirSync(join(house, project), { recursive: true });
    cpSync(join(root, project, 'project.json'), join(house, project, 'project.json'));
    if (project !== 'tools') plant(join(project, 'src/index.ts'), 'export const name = 1;');
    if (/kernel|engines/.test(project)) plant(join(project, 'src/testing/index.ts'), 'export const name = 1;');
  }
  for (const [file, text] of Object.entries(stubs)) plant(file, text);
  for (const { file, imports, typeOnly } of [...forbidden, ...legal])
    plant(file, typeOnly ? `import type * as Shapes from '${imports}';\nexport type Planted = typeof Shapes;` : `import '${imports}';`);
  for (const room of [...pureRooms, 'api'])
    for (const [n, expression] of impure.entries()) plant(impureFile(room, n), `export const planted = ${expression};`);
  await Promise.all([askNx(), askCruiser()]);
}, 180_000);

afterAll(() => rmSync(house, { recursive: true, force: true }));

describe('given a forbidden import', () => {
  it.each(forbidden.filter(({ nx }) => nx !== undefined))('when $file imports $imports, then Nx complains', ({ file, nx }) => {
    expect(complaints.nx.get(file)).toContain(nx);
  });

  it.each(forbidden.filter(({ cruiser }) => cruiser !== undefined))(
    'when $file imports $imports, then dependency-cruiser names $cruiser',
    ({ file, cruiser }) => {
      expect(complaints.cruiser.get(file)?.split(' ')).toContain(cruiser);
    },
  );
});

describe('given a legal import', () => {
  it.each(legal)('when $file imports $imports, then nobody complains', ({ file }) => {
    expect([complaints.nx.get(file), complaints.cruiser.get(file)]).toEqual([undefined, undefined]);
  });
});

describe('given a room that must be pure', () => {
  it.each(pureRooms.flatMap((room) => impure.map((expression, n) => ({ room, expression, n }))))(
    'when $room/ says $expression, then the linter complains',
    ({ room, n }) => {
      expect(complaints.purity).toContain(impureFile(room, n));
    },
  );

  it.each(impure.map((expression, n) => ({ expression, n })))('when api/ says $expression instead, then it may', ({ n }) => {
    expect(complaints.purity).not.toContain(impureFile('api', n));
  });
});

it('given the rules between rooms and projects, when they are counted, then each has been broken here once', async () => {
  const { forbidden: rules } = (await import(join(root, '.dependency-cruiser.cjs'))).default as { forbidden: { name: string }[] };
  const broken = new Set([...complaints.cruiser.values()].flatMap((names) => names.split(' ')));
  expect(rules.map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([]);
});
