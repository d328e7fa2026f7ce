import { Module } from '@nestjs/common';
import { context, deadlines, forget, graphql, hear, policies, tell, views } from '@hospital/service';
import calendarTypes from './api/calendar.graphql';
import { calendarResolvers } from './api/calendar.resolver';
import { categoryResolvers } from './api/category.resolver';
import complaintTypes from './api/complaint.graphql';
import { complaintResolvers } from './api/complaint.resolver';
import duplicateTypes from './api/duplicate.graphql';
import { duplicateResolvers } from './api/duplicate.resolver';
import kpiTypes from './api/kpi.graphql';
import { kpiResolvers } from './api/kpi.resolver';
import liveTypes from './api/live.graphql';
import locationCodeTypes from './api/location-code.graphql';
import { locationCodeResolvers } from './api/location-code.resolver';
import monthTypes from './api/month.graphql';
import { monthResolvers } from './api/month.resolver';
import reporterContactTypes from './api/reporter-contact.graphql';
import { reporterContactResolvers } from './api/reporter-contact.resolver';
import notificationTypes from './api/notification.graphql';
import { notificationResolvers } from './api/notification.resolver';
import parkedTypes from './api/parked.graphql';
import { parkedResolvers } from './api/parked.resolver';
import reinspectionTypes from './api/reinspection.graphql';
import { reinspectionResolvers } from './api/reinspection.resolver';
import responsibilityTypes from './api/responsibility.graphql';
import { responsibilityResolvers } from './api/responsibility.resolver';
import vendorTypes from './api/vendor.graphql';
import { vendorResolvers } from './api/vendor.resolver';
import workLogTypes from './api/work-log.graphql';
import { workLogResolvers } from './api/work-log.resolver';
import { workOrderResolvers } from './api/work-order.resolver';
import types from './api/workorders.graphql';
import { deliverNotifications, webHookSecrets } from './delivery/deliveries';
import { calendar } from './domain/calendar';
import { category } from './domain/category';
import { complainOfRating, complaint } from './domain/complaint';
import { duplicate, mergeConfirmed, proposeMerge } from './domain/duplicate';
import { dispatchRule } from './domain/dispatch-rule';
import { carryForward, dispatchReported, dispatchWaiting, whatIsDue } from './domain/escalation';
import { locationCode } from './domain/location-code';
import { month } from './domain/month';
import { notification } from './domain/notification';
import { onCall, onCallBegins } from './domain/on-call';
import { place } from './domain/place';
import { proposeReinspection, reinspect, reinspection } from './domain/reinspection';
import { contactKeptLongEnough, keepContact, reporterContact } from './domain/reporter-contact';
import { responsibility, takeResponsibility } from './domain/responsibility';
import { subscription } from './domain/subscription';
import { qualificationBegins, shiftBegins, shiftPasses, technician } from './domain/technician';
import { vendor } from './domain/vendor';
import { vendorArrivalDue, vendorJob, withdrawVendorJobs } from './domain/vendor-job';
import { tellConcerned } from './domain/who-hears';
import { workLog } from './domain/work-log';
import { workOrder } from './domain/work-order';
import { history } from './history';
import { heardTopics, hears } from './integration/hears';
import { tells } from './integration/tells';
import { PhotosModule } from './photos/photos.module';
import { calendars } from './views/calendars';
import { complaints } from './views/complaints';
import { duplicates } from './views/duplicates';
import { jobs, reinspections } from './views/jobs';
import { locationCodes } from './views/location-codes';
import { months } from './views/months';
import { contacts, notifications } from './views/notifications';
import { orderPhotos } from './views/order-photos';
import { categories, dispatchRules, onCallSlots, places, technicians } from './views/reference';
import { reporterContacts } from './views/reporter-contacts';
import { responsibilities } from './views/responsibilities';
import { technicianLoad } from './views/technician-load';
import { arrivals, timeline } from './views/timeline';
import { vendorJobs, vendors } from './views/vendors';
import { workLogs } from './views/work-logs';
import { workOrders } from './views/work-orders';

/** What the context decides, shows and does by itself, apart from any machine. */
export const workorders = {
  aggregates: [
    workOrder,
    category,
    dispatchRule,
    technician,
    onCall,
    place,
    calendar,
    responsibility,
    vendor,
    vendorJob,
    workLog,
    locationCode,
    complaint,
    duplicate,
    month,
    reinspection,
    reporterContact,
    subscription,
    notification,
  ],
  views: [
    workOrders,
    technicianLoad,
    categories,
    dispatchRules,
    onCallSlots,
    technicians,
    places,
    calendars,
    responsibilities,
    vendors,
    vendorJobs,
    workLogs,
    locationCodes,
    orderPhotos,
    complaints,
    duplicates,
    months,
    timeline,
    arrivals,
    jobs,
    reinspections,
    reporterContacts,
    contacts,
    notifications,
  ],
  policies: [
    dispatchReported,
    dispatchWaiting,
    carryForward,
    proposeReinspection,
    reinspect,
    takeResponsibility,
    withdrawVendorJobs,
    complainOfRating,
    proposeMerge,
    mergeConfirmed,
    keepContact,
    tellConcerned,
  ],
  deadlines: [whatIsDue, shiftBegins, shiftPasses, qualificationBegins, onCallBegins, vendorArrivalDue, contactKeptLongEnough],
  history,
  tells,
  hears,
} as const;

/** Work orders: from a reported fault to a rated repair. 工单 */
@Module({
  imports: [
    context({ name: 'workorders', aggregates: workorders.aggregates, history }),
    views(...workorders.views),
    graphql(
      [
        types,
        calendarTypes,
        responsibilityTypes,
        vendorTypes,
        workLogTypes,
        locationCodeTypes,
        complaintTypes,
        duplicateTypes,
        monthTypes,
        kpiTypes,
        reinspectionTypes,
        reporterContactTypes,
        notificationTypes,
        parkedTypes,
        liveTypes,
      ].join('\n'),
      workOrderResolvers,
      categoryResolvers,
      calendarResolvers,
      responsibilityResolvers,
      vendorResolvers,
      workLogResolvers,
      locationCodeResolvers,
      complaintResolvers,
      duplicateResolvers,
      monthResolvers,
      kpiResolvers,
      reinspectionResolvers,
      reporterContactResolvers,
      notificationResolvers,
      webHookSecrets,
      parkedResolvers,
    ),
    policies(...workorders.policies),
    deadlines(...workorders.deadlines),
    deliverNotifications,
    forget('technician', 'TechnicianForgotten'),
    forget('reporterContact', 'ReporterContactForgotten'),
    forget('vendor', 'VendorContactForgotten', ({ data }) => data['subjects'] as string[]),
    tell(tells),
    hear(heardTopics, hears),
    PhotosModule,
  ],
})
export class WorkordersModule {}
