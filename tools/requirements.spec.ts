import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, root } from './house-plan';
import { documentOf, REQUIREMENTS, type Title, titlesIn, unshown } from './requirements';

const FILE = join(root, 'docs/requirements.md');
const titles = ['apps', 'libs', 'tools'].flatMap((folder) => filesIn(folder, /\.(spec|journey)\.ts$/)).flatMap(titlesIn);

describe('docs/requirements.md', () => {
  it('given every test, when rows are looked for in its title, then each row is shown by a scenario, and by a domain test where a context decides it', () => {
    expect(unshown(titles)).toEqual([]);
  });

  it('given every title, when the table is written again, then it is the committed one (else: WRITE=1 npx jest tools/requirements)', () => {
    if (process.env['WRITE'] === '1') writeFileSync(FILE, documentOf(titles));
    expect(existsSync(FILE) && readFileSync(FILE, 'utf8')).toBe(documentOf(titles));
  });
});

describe('what is found in tests', () => {
  const path = 'apps/workorders/src/domain/work-order.spec.ts';
  const texts = (text: string): readonly string[] => titlesIn({ path, text }).map((title) => title.text);

  it('given groups, tests and tables of tests, then their titles are found, and no other text', () => {
    const spec = `
      describe('WO-01 a', () => {
        it("WO-02 b", () => { expect('WO-03 not a title').toBe(run('WO-04 neither')); });
        it.each([['WO-05 a row']])('WO-06 %s', () => {});
      });
      describe.each(['x'])(\`WO-07 c\`, () => {});
      test.skip('WO-08 d', () => {});`;
    expect(texts(spec)).toEqual(['WO-01 a', 'WO-02 b', 'WO-06 %s', 'WO-07 c', 'WO-08 d']);
  });

  const shown = (ids: readonly string[], of: string): readonly Title[] => ids.map((id) => ({ path: of, text: `${id} works` }));
  const all = Object.keys(REQUIREMENTS);
  const journey = 'tools/journeys/request.journey.ts';

  it('given a row without a domain test, or without a scenario, then that is named', () => {
    const [, ...others] = all;
    expect(unshown([...shown(all, path), ...shown(all, journey)])).toEqual([]);
    expect(unshown([...shown(others, path), ...shown(all, journey)])).toEqual(['WO-01: no domain tests']);
    expect(unshown([...shown(all, path), ...shown(others, journey)])).toEqual(['WO-01: no scenarios']);
    expect(unshown(shown(all, 'apps/workorders/src/views/work-orders.spec.ts'))).toEqual(unshown([]));
    // What no context decides alone.
    expect(unshown([], ['GW-08'])).toEqual(['GW-08: no scenarios']);
    // A row of another number is another row.
    expect(unshown(shown(['WO-010', 'WO-1'], path), ['WO-01'])).toEqual(['WO-01: no domain tests', 'WO-01: no scenarios']);
  });

  it('given a title that changes, then so does the table', () => {
    const titled = (text: string) => documentOf([{ path, text }]);
    expect(titled('WO-03 WO-10 what is due | is noted')).toContain(
      '| WO-03 | Acceptance within 30 minutes of dispatch, else one breach and one escalation at that instant | [work-order.spec](../apps/workorders/src/domain/work-order.spec.ts): what is due \\| is noted |  |',
    );
    expect(titled('WO-03 what is due')).not.toBe(titled('WO-03 what was due'));
  });
});
