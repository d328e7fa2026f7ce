// The plainest gateway that the documentation of its library shows: ApolloServer, ApolloGateway, startStandaloneServer. To be compared
// with ours it only sends on who asks, and finds the subgraphs where SUBGRAPHS says.
process.env.APOLLO_TELEMETRY_DISABLED = '1';
const { readFileSync } = require('node:fs');
const { ApolloGateway, RemoteGraphQLDataSource } = require('@apollo/gateway');
const { ApolloServer } = require('@apollo/server');
const { startStandaloneServer } = require('@apollo/server/standalone');

const places = Object.fromEntries(process.env.SUBGRAPHS.split(',').map((pair) => pair.split(/=(.*)/s)));

class Authenticated extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    if (context.authorization) request.http.headers.set('authorization', context.authorization);
  }
}

const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(process.env.SUPERGRAPH, 'utf8'),
  buildService: ({ name }) => new Authenticated({ url: places[name] }),
});
const server = new ApolloServer({ gateway });
void startStandaloneServer(server, {
  listen: { port: 0, host: '127.0.0.1' },
  context: async ({ req }) => ({ authorization: req.headers.authorization }),
}).then(({ url }) => process.stdout.write(`${url}graphql\n`));
