import type { Scope } from '@hospital/service';
import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  type GraphQLType,
} from 'graphql';
import type { Scopes } from '../scopes';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character]!);
const says = (text: string | null | undefined): string => (text ? `<p>${escaped(text)}</p>` : '');

/** `[WorkOrder!]!`, where the name leads to the type. */
const typeLink = (type: GraphQLType): string => {
  const { name } = getNamedType(type);
  return escaped(String(type)).replace(name, `<a href="#${name}">${name}</a>`);
};

const kindOf = (type: GraphQLNamedType): string => {
  if (isObjectType(type)) return /^(Query|Mutation|Subscription)$/.test(type.name) ? 'operations' : 'type';
  if (isInputObjectType(type)) return 'input';
  if (isEnumType(type)) return 'enum';
  if (isUnionType(type)) return 'union';
  return isInterfaceType(type) ? 'interface' : 'scalar';
};

const valueOf = ({ name, type, description, deprecationReason }: GraphQLArgument | GraphQLInputField): string =>
  `<li><code>${name}: ${typeLink(type)}</code>${gone(deprecationReason)}${says(description)}</li>`;
const gone = (reason: string | null | undefined): string => (reason ? ` <em>deprecated: ${escaped(reason)}</em>` : '');
const list = (items: readonly string[]): string => (items.length > 0 ? `<ul>${items.join('')}</ul>` : '');
const entry = (owner: string, name: string, head: string, rest: string): string =>
  `<div class="entry" id="${owner}.${name}"><code><a class="name" href="#${owner}.${name}">${name}</a>${head}</code>${rest}</div>`;

/** Who may use it, where the graph says so. */
function who(scope: Scope | undefined): string {
  if (!scope) return '';
  const own = scope.own ? `, or whoever is its ${scope.own.join(', ')}` : '';
  return `<p><small>for ${scope.roles.join(', ')}${own}</small></p>`;
}

/** Fields, values or members of a type. */
function entriesOf(type: GraphQLNamedType, scopes: Scopes): readonly string[] {
  if (isObjectType(type) || isInterfaceType(type))
    return Object.values(type.getFields()).map(({ name, type: answer, args, description, deprecationReason }) => {
      const said = gone(deprecationReason) + says(description) + who(scopes.get(`${type.name}.${name}`));
      return entry(type.name, name, `: ${typeLink(answer)}`, said + list(args.map(valueOf)));
    });
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map(({ name, type: wanted, description, deprecationReason }) =>
      entry(type.name, name, `: ${typeLink(wanted)}`, gone(deprecationReason) + says(description)),
    );
  if (isEnumType(type))
    return type
      .getValues()
      .map(({ name, description, deprecationReason }) => entry(type.name, name, '', gone(deprecationReason) + says(description)));
  if (isUnionType(type)) return [`<p>One of ${type.getTypes().map(typeLink).join(', ')}.</p>`];
  return [];
}

const sectionOf = (type: GraphQLNamedType, scopes: Scopes): string =>
  `<section id="${type.name}"><h2><a href="#${type.name}">${type.name}</a> <small>${kindOf(type)}</small></h2>${says(type.description)}${entriesOf(type, scopes).join('')}</section>`;

const ORDER = ['operations', 'type', 'union', 'enum', 'input', 'interface', 'scalar'];

/** The graph in one page: every type with its fields and arguments, what they are and for whom, and a box to find them. Nothing is loaded beside it. */
export function schemaPage(schema: GraphQLSchema, scopes: Scopes): string {
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__') && !(isScalarType(type) && isSpecifiedScalarType(type)))
    .sort((a, b) => ORDER.indexOf(kindOf(a)) - ORDER.indexOf(kindOf(b)) || (a.name < b.name ? -1 : 1));
  const menu = ORDER.flatMap((kind) => {
    const names = types.filter((type) => kindOf(type) === kind).map(({ name }) => `<a href="#${name}">${name}</a>`);
    return names.length > 0 ? [`<h3>${kind}</h3>${names.join('')}`] : [];
  });
  const builtIn = ['ID', 'Int', 'Float', 'String', 'Boolean'].map((name) => `<span id="${name}">${name}</span>`).join(' · ');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Schema · Hospital logistics</title>
    <link rel="icon" href="data:," />
    <style>
      body { margin: 0; display: grid; grid-template-columns: 17rem 1fr; font: 15px/1.45 system-ui, sans-serif; color: #1c2b36; }
      nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; box-sizing: border-box; background: #f1f5f8; }
      nav a { display: block; overflow: hidden; text-overflow: ellipsis; }
      nav h3 { margin: 1rem 0 0.2rem; }
      nav input { width: 100%; box-sizing: border-box; font: inherit; padding: 0.3rem 0.5rem; }
      main { padding: 0.5rem 2rem 60vh; max-width: 60rem; min-width: 0; }
      section { border-top: 1px solid #d5dfe6; padding: 0.5rem 0; }
      small { color: #5b7282; font-weight: normal; }
      a { color: #0b5c94; text-decoration: none; }
      code { font: 14px ui-monospace, monospace; }
      .name { font-weight: bold; color: inherit; }
      .entry { margin: 0.7rem 0 0.7rem 1rem; }
      p { margin: 0.1rem 0; color: #43596a; }
      ul { margin: 0.2rem 0; }
      :target { background: #fff6d6; }
      [hidden] { display: none !important; }
    </style>
  </head>
  <body>
    <nav><input type="search" placeholder="Find 查找" aria-label="Find" autofocus /><p><a href="/graphiql">GraphiQL</a></p>${menu.join('')}</nav>
    <main><h1>Hospital logistics 医院后勤保障</h1>${types.map((type) => sectionOf(type, scopes)).join('\n')}<section><small>built in: ${builtIn}</small></section></main>
    <script>
      const sections = [...document.querySelectorAll('main > section')].map((section) => ({
        section,
        entries: [...section.querySelectorAll('.entry')],
        head: section.firstElementChild.textContent.toLowerCase(),
        menu: document.querySelector('nav a[href="#' + section.id + '"]'),
      }));
      document.querySelector('input').addEventListener('input', ({ target }) => {
        const words = target.value.toLowerCase().split(/\\s+/);
        const fits = (text) => words.every((word) => text.includes(word));
        for (const { section, entries, head, menu } of sections) {
          const whole = fits(head);
          for (const entry of entries) entry.hidden = !whole && !fits(entry.textContent.toLowerCase());
          section.hidden = !whole && !entries.some((entry) => !entry.hidden);
          if (menu) menu.hidden = section.hidden;
        }
      });
    </script>
  </body>
</html>
`;
}
