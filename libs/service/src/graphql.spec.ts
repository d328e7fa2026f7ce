import { OutcomeUnknown, reject, StoreUnavailable } from '@hospital/kernel';
import { GraphQLError } from 'graphql';
import { answers, errorFormatter } from './graphql';
import { refuse } from './request';
import { ERROR, listening } from './testing/opened';

const { log, logged } = listening();
const format = (raw: unknown) => errorFormatter(log)((raw instanceof GraphQLError ? raw : new GraphQLError('wrapped')).toJSON(), raw);
const thrownByAResolver = (originalError: Error): GraphQLError => new GraphQLError(originalError.message, { path: ['a'], originalError });

describe('given an error', () => {
  it.each([new StoreUnavailable('disk full at /data'), new OutcomeUnknown('no answer from 10.0.0.7')])(
    'when the store did not answer (%p), then the caller is told to send the same key again, and no more',
    (error) => {
      const answer = format(thrownByAResolver(error));
      expect(answer.extensions).toEqual({ code: 'STORE_UNAVAILABLE', retryable: true });
      expect(JSON.stringify(answer)).not.toContain(error.message);
    },
  );

  it('when it is refused on purpose, then its code and field are told, and nothing of HTTP or of a stack', () => {
    const answer = format(refuse('INVALID_CURSOR', 'This cursor is not one of this list.', 'after'));
    expect(answer).toMatchObject({ message: 'This cursor is not one of this list.' });
    expect(answer.extensions).toEqual({ code: 'INVALID_CURSOR', field: 'after' });
  });

  it.each([new TypeError('x is undefined'), new GraphQLError('secret', { extensions: { code: 'ECONNREFUSED:10.0.0.7' } })])(
    'when nobody expected it (%p), then its text is in the log alone',
    (error) => {
      const answer = format(error instanceof GraphQLError ? error : thrownByAResolver(error));
      expect([answer.message, answer.extensions]).toEqual(['Something went wrong on our side.', { code: 'INTERNAL_SERVER_ERROR' }]);
      expect(logged.at(-1)).toMatchObject({ level: ERROR, err: { message: error.message } });
    },
  );
});

describe('given the answer of a mutation', () => {
  it('when it is a rejection, then it is one in the graph; anything else is the entity', () => {
    const { __resolveType: typeOf } = answers('WorkOrder');
    expect([typeOf(reject('NO', 'No.')), typeOf({ id: 'wo_1' })]).toEqual(['Rejection', 'WorkOrder']);
  });
});
