import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './house-plan';
import { documentOf, refusals, refusalsIn } from './refusals';

const FILE = join(root, 'docs/refusals.md');

describe('docs/refusals.md', () => {
  it('given every refusal of the program, when the tables are written again, then they are the committed ones (else: WRITE=1 npx jest tools/refusals)', () => {
    const text = documentOf(refusals());
    if (process.env['WRITE'] === '1') writeFileSync(FILE, text);
    expect(existsSync(FILE) && readFileSync(FILE, 'utf8')).toBe(text);
  });

  it('given what front-ends meet first, when it is looked for, then it is there', () => {
    const codes = refusals().map(({ code, as }) => `${as} ${code}`);
    for (const met of [
      'data STALE_REVISION',
      'data WRONG_STATUS',
      'data IDEMPOTENCY_KEY_REUSED',
      'error NOT_YET_VISIBLE',
      'error FORBIDDEN',
    ])
      expect(codes).toContain(met);
  });
});

describe('what is found in a source', () => {
  const found = (text: string) => refusalsIn({ path: 'apps/assets/src/api/asset.ts', text });

  it('given a rejection or an error, when its text depends on the case, then the rest of it is found', () => {
    // eslint-disable-next-line no-template-curly-in-string
    expect(found("const a = reject('TOO_LATE', `It was ${at} o'clock in ${place}.`, 'input.at');")).toEqual([
      { code: 'TOO_LATE', as: 'data', message: "It was … o'clock in ….", field: 'input.at', by: 'assets' },
    ]);
    expect(found("throw new GraphQLError('Not now.', { extensions: { code: 'BUSY_NOW' } });")).toEqual([
      { code: 'BUSY_NOW', as: 'error', message: 'Not now.', field: undefined, by: 'assets' },
    ]);
    expect(found("const error = { message: 'Not now.', extensions: { code: 'BUSY_NOW' } };")).toMatchObject([{ message: 'Not now.' }]);
  });

  it('given other calls and other codes, when they are looked at, then they are none', () => {
    expect(found("reject(code, 'x'); assign('WAITING_PARTS', 'x'); const a = { code: 'ct_1' };")).toEqual([]);
  });
});
