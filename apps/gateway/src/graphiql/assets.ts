/** A module of its own, so that nine megabytes are loaded with it, and not before. */
export { css, editorWorkerService, graphqlWorker, js, jsonWorker } from '@graphql-yoga/render-graphiql/graphiql';
