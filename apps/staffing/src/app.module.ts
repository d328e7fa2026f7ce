import { Module } from '@nestjs/common';
import { context, forget, graphql, tell, views } from '@hospital/service';
import { personResolvers } from './api/person.resolver';
import types from './api/staffing.graphql';
import { person } from './domain/person';
import { history } from './history';
import { tells } from './integration/tells';
import { people } from './views/people';

/** People: who can do what, and who is on shift. 人员 */
@Module({
  imports: [
    context({ name: 'staffing', aggregates: [person], history }),
    views(people),
    graphql(types, personResolvers),
    tell(tells),
    forget('person', 'PersonForgotten'),
  ],
})
export class StaffingModule {}
