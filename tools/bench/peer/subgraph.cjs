/**
 * What our start is held against: the smallest federated subgraph one writes with Nest's GraphQL module and Apollo Server. One
 * type, one query, nothing stored. Prints its URL when it answers.
 */
require('reflect-metadata');
const { ApolloFederationDriver } = require('@nestjs/apollo');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { GraphQLModule, Query, Resolver } = require('@nestjs/graphql');
const { FastifyAdapter } = require('@nestjs/platform-fastify');

class Items {
  items() {
    return [{ id: 'it_1', name: 'Gloves' }];
  }
}
Query('items')(Items.prototype, 'items', Object.getOwnPropertyDescriptor(Items.prototype, 'items'));
Resolver('Item')(Items);

class Subgraph {}
Module({
  imports: [
    GraphQLModule.forRoot({
      driver: ApolloFederationDriver,
      graphiql: false,
      playground: false,
      typeDefs: `
        extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
        type Item @key(fields: "id") { id: ID! name: String! }
        type Query { items: [Item!]! }
      `,
    }),
  ],
  providers: [Items],
})(Subgraph);

void (async () => {
  const app = await NestFactory.create(Subgraph, new FastifyAdapter(), { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  process.stdout.write(`${await app.getUrl()}/graphql\n`);
})();
