/** What there is to ask for, by the name of the variable that asks for it. */
export type Known = Readonly<Record<string, readonly (string | number)[]>>;

/** One request to a gateway. */
export interface Asked {
  readonly query: string;
  readonly variables: Readonly<Record<string, string | number>>;
}

const ORDER = `fragment Order on WorkOrder { id revision status description severity priority reportedAt }`;
const WHO = `fragment Who on Person { id name trade zones: trades }`;
const REF = `fragment Ref on Asset { id name kind }`;

/** What screens of a hospital ask: one entity, lists, several contexts at once, references across them, aliases, fragments, choices. */
export const DOCUMENTS: readonly string[] = [
  // One entity.
  'query ($order: ID!) { workOrder(id: $order) { id status } }',
  'query ($order: ID!) { workOrder(id: $order) { id revision status description severity priority trade zone reportedAt dispatchedAt closedAt } }',
  'query ($person: ID!) { person(id: $person) { id name trade trades } }',
  'query ($asset: ID!) { asset(id: $asset) { id name kind revision } }',
  'query ($item: ID!) { item(id: $item) { id name unit } }',
  'query ($meter: ID!) { meter(id: $meter) { id name medium unit } }',
  'query ($certificate: ID!) { certificate(id: $certificate) { id kind validFrom validUntil zone } }',
  'query ($order: ID!) { workOrder(id: $order) { id evidence { intact events headHash } } }',
  'query ($order: ID!) { workOrder(id: $order) { id history { id type revision occurredAt actor { actorId kind roles } } } }',
  'query ($person: ID!) { person(id: $person) { id name phone birthDate employedFrom } }',
  // References into other contexts.
  'query ($order: ID!) { workOrder(id: $order) { id status place { id name } } }',
  'query ($order: ID!) { workOrder(id: $order) { id status technician { id name trade } } }',
  'query ($order: ID!) { workOrder(id: $order) { id status place { id name kind } technician { id name } ownerOfRecord { id name } } }',
  `query ($order: ID!) { workOrder(id: $order) { ...Order place { ...Ref } technician { ...Who } } } ${ORDER} ${WHO} ${REF}`,
  'query ($order: ID!) { workOrder(id: $order) { id dispatch { ruleId considered { technician { id name } eligible reasons } } } }',
  'query ($order: ID!) { workOrder(id: $order) { id responsibility { status owner { name trade } since } timeline { dispatchedAt restoredAt } } }',
  'query ($order: ID!) { workOrder(id: $order) { id technician { id name certificates { kind validUntil } } } }',
  'query ($order: ID!) { workOrder(id: $order) { id technician { name evidence { intact } } place { name evidence { intact } } } }',
  'query ($person: ID!) { ownedBy(personId: $person, first: 5) { totalCount edges { node { order { id status place { name } } owner { name } } } } }',
  'query ($certificate: ID!) { certificate(id: $certificate) { kind validUntil person { id name trade } } }',
  // Lists.
  'query ($first: Int!) { workOrders(first: $first) { totalCount edges { node { id status } } } }',
  `query ($first: Int!) { workOrders(first: $first) { edges { cursor node { ...Order } } pageInfo { hasNextPage endCursor } } } ${ORDER}`,
  'query ($first: Int!) { people(first: $first) { totalCount edges { node { id name trade } } } }',
  'query ($first: Int!) { assets(first: $first) { totalCount edges { node { id name kind } } } }',
  'query ($first: Int!) { items(first: $first) { edges { node { id name unit } } } }',
  'query ($first: Int!) { meters(first: $first) { edges { node { id name medium } } } }',
  'query ($first: Int!) { vendors(first: $first) { edges { node { id name contact } } } }',
  '{ faultCategories { edges { node { id name nameEn trade fields { key label required } } } } }',
  '{ dispatchRules { edges { node { id name order mode } } } }',
  'query ($first: Int!) { certificates(first: $first) { edges { node { id kind validFrom validUntil } } } }',
  // Lists of references.
  'query ($first: Int!) { workOrders(first: $first) { edges { node { id status place { name } } } } }',
  'query ($first: Int!) { workOrders(first: $first) { edges { node { id status technician { id name } } } } }',
  'query ($first: Int!) { workOrders(first: $first) { edges { node { id description place { name kind } technician { name trade } } } } }',
  `query ($first: Int!) { workOrders(first: $first, orderBy: REPORTED_ASC) { edges { node { ...Order place { ...Ref } technician { ...Who } ownerOfRecord { ...Who } } } } } ${ORDER} ${WHO} ${REF}`,
  'query ($first: Int!, $asset: ID!) { workOrders(first: $first, filter: { placeId: $asset }) { totalCount edges { node { id place { id name } } } } }',
  'query ($first: Int!, $person: ID!) { workOrders(first: $first, filter: { technicianId: $person }) { edges { node { id technician { name } } } } }',
  'query ($first: Int!) { people(first: $first) { edges { node { id name certificates { kind person { name } } } } } }',
  'query ($first: Int!) { certificates(first: $first) { edges { node { kind person { id name trade } } } } }',
  'query ($first: Int!) { workOrders(first: $first) { edges { node { id mergedFrom { id technician { name } } children { id place { name } } } } } }',
  'query ($first: Int!) { duplicates(first: $first) { totalCount edges { node { workOrder { id place { name } } proposals { __typename } } } } }',
  // Several contexts at once.
  'query ($first: Int!) { workOrders(first: $first) { totalCount } people(first: 1) { totalCount } assets(first: 1) { totalCount } }',
  '{ items { totalCount } meters { totalCount } headcount { total byTrade { __typename } } }',
  'query ($order: ID!, $person: ID!) { workOrder(id: $order) { id status } person(id: $person) { id name } }',
  'query ($asset: ID!, $item: ID!, $meter: ID!) { asset(id: $asset) { name } item(id: $item) { name } meter(id: $meter) { name } }',
  `query ($first: Int!, $person: ID!) { orders: workOrders(first: $first) { edges { node { ...Order place { name } } } } me: person(id: $person) { ...Who } items(first: 5) { edges { node { name } } } } ${ORDER} ${WHO}`,
  // Aliases, fragments of a type, choices.
  'query ($order: ID!) { a: workOrder(id: $order) { it: id state: status } b: workOrder(id: $order) { id where: place { called: name } } }',
  'query ($order: ID!, $person: ID!) { one: workOrder(id: $order) { id technician { name } } two: person(id: $person) { called: name knows: trades } }',
  'query ($order: ID!) { workOrder(id: $order) { ... on WorkOrder { id status ... { description } } place { ... on Asset { name } } } }',
  'query ($order: ID!, $deep: Boolean = true) { workOrder(id: $order) { id place @include(if: $deep) { name } technician @skip(if: $deep) { name } } }',
  'query ($order: ID!, $deep: Boolean = false) { workOrder(id: $order) { __typename id technician @skip(if: $deep) { __typename name } } }',
  'query ($order: ID!) { workOrder(id: $order) { parent { id } children { id status } mergedInto { id } mergedFrom { id place { name } } } }',
  // What is nowhere, and what nobody has.
  '{ nobody: person(id: "pn_000000000000") { id name } nowhere: workOrder(id: "wo_000000000000") { id place { name } } }',
  // Dashboards.
  `query ($first: Int!) {
    waiting: workOrders(first: $first, filter: { status: [WAITING, DISPATCHED] }) { totalCount edges { node { ...Order place { name } } } }
    closed: workOrders(first: $first, filter: { status: [CLOSED] }) { totalCount edges { node { ...Order technician { name } } } }
    people(first: $first) { edges { node { ...Who } } }
    assets(first: $first) { edges { node { ...Ref } } }
  } ${ORDER} ${WHO} ${REF}`,
  `query ($order: ID!, $first: Int!) {
    workOrder(id: $order) {
      ...Order category { name nameEn } place { ...Ref } technician { ...Who certificates { kind } } ownerOfRecord { name }
      history { type occurredAt actor { actorId } } evidence { intact } handOvers { __typename } workLog { __typename } labourMinutes
    }
    workOrders(first: $first) { edges { node { id status } } }
  } ${ORDER} ${WHO} ${REF}`,
];

/** Each document this many times, each time with other variables. */
export const VARIANTS = 4;

/** Every document with values that are known for its variables. */
export const operationsOf = (known: Known): readonly Asked[] =>
  DOCUMENTS.flatMap((query, at) =>
    Array.from({ length: VARIANTS }, (_, variant) => ({
      query,
      variables: Object.fromEntries(
        [...query.matchAll(/\$(\w+): (?:ID|Int)!/g)].map(([, name = '']) => [name, known[name]![(at + variant) % known[name]!.length]!]),
      ),
    })),
  );

/** A large document, and by its first line one that nobody has sent before. What it asks of the contexts is always the same. */
export function largeDocument(n: number): string {
  const order = `id description status place { name kind } technician { name trade certificates { kind validUntil } }
    ownerOfRecord { name trades } responsibility { since owner { name } } history { type actor { actorId kind } }`;
  const lists = Array.from({ length: 6 }, (_, at) => `list${at}: workOrders(first: 1) { totalCount edges { node { ${order} } } }`);
  return `# ${n}\n{ ${lists.join('\n')} }`;
}
