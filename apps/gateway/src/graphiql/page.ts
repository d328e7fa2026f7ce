import type { Example } from './examples';

/** Data inside a script: no text in it may end the script. */
const json = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

/** GraphiQL with a choice of roles above it. Everything it loads comes from beside it. */
export const graphiqlPage = (examples: readonly Example[]): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>GraphiQL · Hospital logistics</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/graphiql/graphiql.css" />
    <style>
      body { display: flex; flex-direction: column; height: 100vh; margin: 0; font: 14px system-ui, sans-serif; }
      #bar { display: flex; gap: 12px; align-items: center; padding: 8px 16px; background: #14324a; color: #fff; }
      #bar a { color: #bfe0ff; }
      #bar select, #bar input { font: inherit; padding: 3px 6px; max-width: 24em; }
      #bar .last { margin-left: auto; }
      #root { flex: 1; min-height: 0; }
    </style>
  </head>
  <body>
    <div id="bar">
      <strong>Hospital logistics 医院后勤保障</strong>
      <label id="who">Role 角色 </label>
      <a class="last" href="/schema">Schema</a>
    </div>
    <div id="root"></div>
    <script>
      const workers = { editorWorkerService: 'editor', json: 'json', graphql: 'graphql' };
      self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_, label) => '/graphiql/' + workers[label] + '.worker.js' };
    </script>
    <script src="/graphiql/graphiql.js"></script>
    <script>
      let authorization;
      const use = (token) => (authorization = token && 'Bearer ' + token);

      /** One operation, as whoever was chosen; a tab's own headers come last. */
      function ask({ query, operationName, variables }, { headers } = {}) {
        const said = { 'content-type': 'application/json', ...(authorization ? { authorization } : {}), ...headers };
        // Just after a change of tabs GraphiQL still names the operation of the tab before.
        const named = operationName && query.split(/[^A-Za-z0-9_]+/).includes(operationName);
        const body = JSON.stringify({ query, variables, ...(named ? { operationName } : {}) });
        if (/^\\s*subscription\\b/m.test(query)) return listen(said, body);
        return fetch('/graphql', { method: 'POST', headers: said, body }).then((response) => response.json());
      }

      /** A subscription's answers as they come, until GraphiQL has enough. */
      function listen(headers, body) {
        const enough = new AbortController();
        const answers = told({ method: 'POST', headers: { ...headers, accept: 'text/event-stream' }, body, signal: enough.signal });
        return {
          [Symbol.asyncIterator]() { return this; },
          next: () => answers.next(),
          return: () => (enough.abort(), answers.return()),
        };
      }
      async function* told(request) {
        const response = await fetch('/graphql/stream', request);
        if (!response.ok) return yield await response.json();
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let text = ''; ; ) {
          const { done, value } = await reader.read().catch(() => ({ done: true }));
          if (done) return;
          const events = (text + value).split('\\n\\n');
          text = events.pop();
          for (const event of events)
            if (event.startsWith('event: next')) yield JSON.parse(event.slice(event.indexOf('data: ') + 6));
        }
      }

      /** The demo's tokens to choose from; where there is no demo, a field for one's own. */
      async function showRoles() {
        const response = await fetch('/demo/tokens').catch(() => undefined);
        const tokens = response?.ok ? await response.json() : undefined;
        const field = document.createElement(tokens ? 'select' : 'input');
        if (tokens)
          for (const { role, subject, token } of tokens)
            field.append(new Option(role === 'technician' ? role + ' · ' + subject : role, token, false, role === 'dispatcher'));
        else field.placeholder = 'token (JWT)';
        field.id = 'role';
        field.addEventListener('change', () => use(field.value));
        document.getElementById('who').append(field);
        use(field.value);
      }

      showRoles().then(() =>
        YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), {
          title: 'GraphiQL',
          logo: ' ',
          fetcher: ask,
          defaultTabs: ${json(examples)},
          onEditQuery: () => {},
        }),
      );
    </script>
  </body>
</html>
`;
