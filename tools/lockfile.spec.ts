import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..');
const FILES = ['package.json', 'package-lock.json', 'docs/dependencies.md'];

interface Lock {
  packages: Record<string, Record<string, unknown>>;
}

interface Manifest {
  dependencies: Record<string, string>;
}

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockfile-'));
  mkdirSync(join(folder, 'docs'));
  for (const file of FILES) cpSync(join(root, file), join(folder, file));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function change<T>(file: string, by: (content: T) => void): void {
  const content = JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;
  by(content);
  writeFileSync(join(folder, file), JSON.stringify(content));
}

const check = (): { faults: string; status: number | null } => {
  const { stdout, status } = spawnSync(process.execPath, [join(root, 'tools/lockfile.mjs'), folder], { encoding: 'utf8' });
  return { faults: stdout, status };
};

describe('given what this project installs', () => {
  it('when it is checked, then there is no fault', () => {
    expect(check()).toEqual({ faults: '', status: 0 });
  });
});

describe('given a lockfile with a fault', () => {
  const plant = (place: string, member: Record<string, unknown>): void =>
    change<Lock>('package-lock.json', ({ packages }) => {
      packages[place] = { version: '1.0.0', integrity: 'sha512-x', license: 'MIT', ...member };
    });

  it.each([
    ['a download address', { resolved: 'https://registry.example/planted.tgz' }, 'names where it was downloaded from'],
    ['no digest', { integrity: undefined }, 'has no sha512 digest'],
    ['an install script', { hasInstallScript: true }, 'brings an install script'],
    ['a licence nobody agreed to', { license: 'SSPL-1.0' }, 'licence SSPL-1.0'],
    ['no licence', { license: undefined }, 'licence unknown'],
  ])('when a package comes with %s, then it is named', (_, member, complaint) => {
    plant('node_modules/planted', member);
    expect(check()).toEqual({ faults: expect.stringContaining(`node_modules/planted: ${complaint}`) as string, status: 1 });
  });
});

describe('given a manifest with a fault', () => {
  it('when a dependency names a range, then it is named', () => {
    change<Manifest>('package.json', ({ dependencies }) => (dependencies['zod'] = '^4'));
    expect(check()).toEqual({ faults: expect.stringContaining('zod: ^4 is a range') as string, status: 1 });
  });

  it('when a dependency is not in the lockfile, then it is named', () => {
    change<Manifest>('package.json', ({ dependencies }) => (dependencies['planted'] = '1.0.0'));
    const { faults } = check();
    expect(faults).toContain('planted: package.json says 1.0.0, package-lock.json says undefined');
    expect(faults).toContain('planted: docs/dependencies.md does not say what it is for');
  });
});
