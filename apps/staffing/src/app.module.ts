import { Module } from '@nestjs/common';
import { context, forget, graphql, policies, tell, views } from '@hospital/service';
import certificateTypes from './api/certificate.graphql';
import { certificateResolvers } from './api/certificate.resolver';
import liveTypes from './api/live.graphql';
import { personResolvers } from './api/person.resolver';
import rotaTypes from './api/rota.graphql';
import { rotaResolvers } from './api/rota.resolver';
import shiftTypes from './api/shift.graphql';
import { shiftResolvers } from './api/shift.resolver';
import personTypes from './api/staffing.graphql';
import { certificate } from './domain/certificate';
import { cancelShifts, recheckShift, recheckSlot, releaseFromOnCall } from './domain/roster';
import { person } from './domain/person';
import { rota } from './domain/rota';
import { shift } from './domain/shift';
import { history } from './history';
import { tells } from './integration/tells';
import { certificates } from './views/certificates';
import { onCallGaps, onCallSlots, rotas } from './views/on-call';
import { people } from './views/people';
import { shifts } from './views/shifts';

const types = [personTypes, certificateTypes, shiftTypes, rotaTypes, liveTypes].join('\n');

/** What the context decides, shows and does by itself, apart from any machine. */
export const staffing = {
  name: 'staffing',
  aggregates: [person, certificate, shift, rota],
  views: [people, certificates, shifts, rotas, onCallSlots, onCallGaps],
  policies: [cancelShifts, releaseFromOnCall, recheckShift, recheckSlot],
  history,
  tells,
} as const;

/** People: who can do what, who is on shift, and who is called. 人员 */
@Module({
  imports: [
    context(staffing),
    views(...staffing.views),
    graphql(types, personResolvers, certificateResolvers, shiftResolvers, rotaResolvers),
    policies(...staffing.policies),
    tell(tells),
    forget('person', 'PersonForgotten'),
  ],
})
export class StaffingModule {}
