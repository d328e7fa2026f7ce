import { Connection } from '../../libs/engines/src/eventstoredb/connection';
import * as eventStore from '../../libs/engines/src/eventstoredb/event-store';
import { points, World } from './points';
import type { Generation } from './stand-in';

describe.each(['23.10', '24.10'] satisfies Generation[])('EventStoreDB %s', (generation) => {
  test.each(points.map((point) => [point.name, point] as const))('%s', (_, point) =>
    World.run({ ...eventStore, Connection }, generation, point),
  );
});
