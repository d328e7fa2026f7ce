import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsFrom } from '@hospital/service';
import { type Browser, chromium, type Page } from 'playwright-core';
import { startSuite, type Suite } from '../../apps/standalone/src/suite';
import { chromiumOf } from './browser';

const executablePath = chromiumOf(process.env);
if (executablePath === undefined) console.warn('The pages are not opened in a browser: no chromium in CHROMIUM_PATH or PATH.');

/** Pictures of what was seen, for whoever wants to look: SCREENSHOTS names a folder. */
const pictures = process.env['SCREENSHOTS'];

(executablePath === undefined ? describe.skip : describe)('given the suite as it starts, and a browser that reaches nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'graphiql-'));
  let suite: Suite;
  let browser: Browser;
  let page: Page;
  const elsewhere: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    suite = await startSuite(settingsFrom({ PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'silent' }));
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
    });
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(10_000);
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== suite.url) elsewhere.push(request.url());
    });
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterAll(async () => {
    await browser?.close();
    await suite?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const picture = async (name: string): Promise<void> => {
    if (pictures === undefined) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`) });
  };
  const choose = (role: string) => page.selectOption('#role', suite.tokens.find((token) => token.role === role)!.token);
  const open = async (tab: string): Promise<void> => {
    // Tabs can be dragged, and take a quick press of a moving one for that.
    await page.getByRole('tab', { name: tab }).locator('button').first().dispatchEvent('click');
    await page.getByRole('tab', { name: tab, selected: true }).waitFor();
    // The editor follows a moment later.
    await page.locator('.graphiql-query-editor').filter({ hasText: tab }).waitFor();
  };
  /** Opens a tab, runs it, and answers what the server said to that. */
  const run = async (tab: string): Promise<object> => {
    await open(tab);
    const answered = page.waitForResponse(
      (response) => response.url().endsWith('/graphql') && (response.request().postData() ?? '').includes(` ${tab}`),
    );
    await page.getByRole('button', { name: /^Execute query/ }).click();
    const answer = (await (await answered).json()) as object;
    // What was said is on the page.
    await page
      .locator('.graphiql-response')
      .getByText(/"(data|errors)"/)
      .first()
      .waitFor();
    await picture(tab);
    return answer;
  };

  it('when the front door is opened, then there is GraphiQL with a choice of roles and the graph’s own documentation', async () => {
    await page.goto(suite.url);
    expect(new URL(page.url()).pathname).toBe('/graphiql');
    await page.getByRole('tab', { name: 'Orders' }).waitFor();
    const roles = await page.locator('#role option').allTextContents();
    expect(roles).toEqual(suite.tokens.map(({ role, subject }) => (role === 'technician' ? `technician · ${subject}` : role)));
    await picture('opened');
  });

  it('when the tabs are run, then orders come with names, a refusal has a code, and the past is another country', async () => {
    expect(await run('Orders')).toMatchObject({ data: { workOrders: { totalCount: expect.any(Number) }, onCall: expect.any(Object) } });
    await choose('reporter');
    expect(await run('RefusedCompletion')).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN', field: 'Mutation.completeWorkOrder' } }],
    });
    await choose('technician');
    expect(await run('RefusedCompletion')).toMatchObject({
      data: { completeWorkOrder: { code: 'INVALID_INPUT', field: 'input.resolution' } },
    });
    const earlier = page.waitForRequest((request) => (request.postData() ?? '').includes('query Earlier'));
    expect(await run('Earlier')).toMatchObject({ data: { assets: { totalCount: expect.any(Number) } } });
    const { 'x-as-of': asOf } = (await earlier).headers();
    expect(asOf! < suite.clock.now()).toBe(true);
  });

  it('when the live tab runs and a fault is reported elsewhere, then it is told as it happens', async () => {
    const ask = async (query: string): Promise<string> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${suite.tokens[0]!.token}` };
      return (await fetch(`${suite.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })).text();
    };
    const start = await ask('{ faultCategories { edges { node { id } } } assets(first: 1) { edges { node { id } } } }');
    const [categoryId, placeId] = [/ct_[0-9a-z]+/.exec(start)![0], /as_[0-9a-z]+/.exec(start)![0]];
    await open('Live');
    const listening = page.waitForResponse((response) => response.url().endsWith('/graphql/stream'));
    await page.getByRole('button', { name: /^Execute query/ }).click();
    expect((await listening).status()).toBe(200);
    const input = `{ categoryId: "${categoryId}", placeId: "${placeId}", description: "LIVE" }`;
    await ask(`mutation { reportFault(input: ${input}, idempotencyKey: "live-tab") { ... on WorkOrder { id } } }`);
    await page.locator('.graphiql-response').getByText('"LIVE"').first().waitFor();
    await picture('Live');
    await page.getByRole('button', { name: /^Stop query/ }).click();
    await page.getByRole('button', { name: /^Execute query/ }).waitFor();
  });

  it('when the schema is opened and searched, then what fits is left', async () => {
    await page.goto(`${suite.url}/schema`);
    await page.getByPlaceholder('Find').fill('报修 location');
    await page.locator('[id="Mutation.reportFaultAtLocation"]').waitFor();
    expect(await page.locator('[id="Mutation.reportFaultAtLocation"]').isVisible()).toBe(true);
    expect(await page.locator('[id="Mutation.rateWorkOrder"]').isVisible()).toBe(false);
    await picture('schema');
  });

  it('when all of that is done, then nothing was asked of anybody else, and the browser had nothing to complain of', () => {
    expect(elsewhere).toEqual([]);
    // One was to be refused.
    expect(complaints).toEqual([expect.stringContaining('403 (Forbidden)')]);
  });
});
