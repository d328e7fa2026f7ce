/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** How a request came in. 报修渠道 */
export type Channel =
  /** A browser. 网页 */
  | 'WEB'
  /** The app. 应用 */
  | 'APP'
  /** The mini-program. 小程序 */
  | 'MINI_PROGRAM'
  /** A call that a clerk typed in. 电话 */
  | 'PHONE'
  /** A paper slip that a clerk typed in. 纸质 */
  | 'PAPER'
  /** The suite itself. 系统 */
  | 'SYSTEM';

/** A finished repair. */
export type CompleteWorkOrderInput = {
  /** wo_… */
  id: string;
  /** What was done; up to 2,000 characters. 处理结果 */
  resolution: string;
  /** When it worked again; now unless told. 恢复时间 */
  restoredAt?: string | null | undefined;
  /** What is left over: a child order is opened for it. 遗留问题 */
  remaining?: string | null | undefined;
};

/** Criticality × severity: 9 and more, 6, 3, less. 优先级 */
export type Priority =
  /** Most urgent. 一级 */
  | 'P1'
  /** Urgent. 二级 */
  | 'P2'
  /** Normal. 三级 */
  | 'P3'
  /** Can wait. 四级 */
  | 'P4';

/** Who a request came from. 报修人类型 */
export type ReporterKind =
  /** A patient or visitor. 患者 */
  | 'PATIENT'
  /** A doctor or nurse. 医护 */
  | 'CLINICIAN'
  /** Other staff. 职工 */
  | 'STAFF'
  /** The suite itself, or a system that an integrator has joined to it. 系统 */
  | 'SYSTEM';

/** A fault to report. */
export type ReportFaultInput = {
  /** Kind of fault. 报修类别 */
  categoryId: string;
  /** Building or device: id in the asset register; this or locationCode, not both. 地点 */
  placeId?: string | null | undefined;
  /** lc_…, scanned from the wall: it says the place, its zone and the spot; this or placeId, not both. 位置码 */
  locationCode?: string | null | undefined;
  /** Where exactly, up to 100 characters; as the location code says unless told. 具体位置 */
  spot?: string | null | undefined;
  /** What is wrong; up to 2,000 characters. 故障描述 */
  description: string;
  /** NORMAL unless told. 紧急程度 */
  severity?: Severity | null | undefined;
  /** How to reach you; encrypted, forgotten on request. No health data. 联系方式 */
  contact?: string | null | undefined;
  /** When it happened, when that was not just now. */
  occurredAt?: string | null | undefined;
  /** Answers to the fields of the category, by key. 详细信息 */
  details?: Array<RequestDetailInput> | null | undefined;
  /** SHA-256 of photos sent to /photos before; at most 5. 照片 */
  photos?: Array<string> | null | undefined;
  /** How it came in; web unless told. 报修渠道 */
  channel?: Channel | null | undefined;
  /** Who it came from; by the caller's role unless told. SYSTEM is for integrators alone. 报修人类型 */
  reporterKind?: ReporterKind | null | undefined;
  /** For whom a clerk types it in (an account, or any name the desk uses for callers). Unless told: yourself; of a call, a paper slip or a patient, somebody unknown, and you are its receiver. 报修人 */
  reporterId?: string | null | undefined;
  /** The order this one belongs to. 上级工单 */
  parentId?: string | null | undefined;
  /** Not everything that is required can be said now: the order waits for it, its clocks standing still. Calls and paper slips may always be incomplete. 信息待补 */
  incomplete?: boolean | null | undefined;
};

/** An answer to a field. 详细信息 */
export type RequestDetailInput = {
  /** Which field. */
  key: string;
  /** Up to 500 characters. */
  value: string;
};

/** How bad a fault is. 紧急程度 */
export type Severity =
  /** Can wait. 低 */
  | 'LOW'
  /** The usual. 一般 */
  | 'NORMAL'
  /** Disturbs care. 高 */
  | 'HIGH'
  /** Endangers people. 危急 */
  | 'CRITICAL';

/** Which work orders; all conditions must hold. */
export type WorkOrderFilter = {
  /** Any of these statuses. */
  status?: Array<WorkOrderStatus> | null | undefined;
  /** Any of these severities. */
  severity?: Array<Severity> | null | undefined;
  /** Any of these priorities. */
  priority?: Array<Priority> | null | undefined;
  /** This trade. */
  trade?: string | null | undefined;
  /** This kind of fault. */
  categoryId?: string | null | undefined;
  /** This place. */
  placeId?: string | null | undefined;
  /** Dispatched to this person. */
  technicianId?: string | null | undefined;
  /** Reported by this account. */
  reporterId?: string | null | undefined;
  /** Taken in by this account. */
  receiverId?: string | null | undefined;
  /** Children of this order. */
  parentId?: string | null | undefined;
  /** Merged into this order. */
  mergedInto?: string | null | undefined;
  /** Reported at or after. */
  reportedFrom?: string | null | undefined;
  /** Reported before. */
  reportedTo?: string | null | undefined;
  /** Of which a limit has passed, or none has. 是否超时 */
  breached?: boolean | null | undefined;
  /** Whose clocks somebody has stopped, or nobody has. 是否暂停 */
  paused?: boolean | null | undefined;
  /** That went to whoever is on call, or did not. 是否转值班 */
  onCall?: boolean | null | undefined;
  /** In this zone. 区域 */
  zone?: string | null | undefined;
  /** Exercises, or none. 演练 */
  drill?: boolean | null | undefined;
};

/** Status of a work order. 工单状态 */
export type WorkOrderStatus =
  /** Something required is missing; the clocks stand still. 待补充信息 */
  | 'NEEDS_INFORMATION'
  /** Reported, nobody dispatched yet. 待派工 */
  | 'WAITING'
  /** Dispatched, not accepted yet. 已派工 */
  | 'DISPATCHED'
  /** Accepted by the technician. 已接单 */
  | 'ACCEPTED'
  /** Done, not rated yet. 已完工 */
  | 'COMPLETED'
  /** Rated, or not rated in time, and closed. 已关闭 */
  | 'CLOSED'
  /** Given up, with a reason. 已取消 */
  | 'CANCELLED'
  /** The same fault as another order, which goes on. 已合并 */
  | 'MERGED';

export type StartQueryVariables = Exact<{ [key: string]: never; }>;


export type StartQuery = { faultCategories: { edges: Array<{ node: { id: string, name: string, nameEn: string, fields: Array<{ key: string, label: string, required: boolean }> } }> } | null, assets: { edges: Array<{ node: { id: string, name: string } }> } | null };

export type ReportFaultMutationVariables = Exact<{
  input: ReportFaultInput;
  key: string;
}>;


export type ReportFaultMutation = { answer:
    | { __typename: 'WorkOrder', id: string, revision: number, status: WorkOrderStatus, description: string, reportedAt: string }
    | { __typename: 'Rejection', code: string, field: string | null, message: string }
   };

export type CompleteWorkOrderMutationVariables = Exact<{
  input: CompleteWorkOrderInput;
  key: string;
  revision?: number | null | undefined;
}>;


export type CompleteWorkOrderMutation = { answer:
    | { __typename: 'WorkOrder', id: string, revision: number, status: WorkOrderStatus, description: string, reportedAt: string }
    | { __typename: 'Rejection', code: string, field: string | null, message: string }
   };

export type OrdersQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: WorkOrderFilter | null | undefined;
}>;


export type OrdersQuery = { workOrders: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { id: string, revision: number, status: WorkOrderStatus, description: string, reportedAt: string, technician: { name: string | null } | null } }> } | null };

export type OrderFragment = { id: string, revision: number, status: WorkOrderStatus, description: string, reportedAt: string };

export type RefusalFragment = { code: string, field: string | null, message: string };

export const OrderFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Order"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WorkOrder"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"reportedAt"}}]}}]} as unknown as DocumentNode<OrderFragment, unknown>;
export const RefusalFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Rejection"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<RefusalFragment, unknown>;
export const StartDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Start"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"faultCategories"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"retired"},"value":{"kind":"BooleanValue","value":false}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"nameEn"}},{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"required"}}]}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"assets"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}}]}}]} as unknown as DocumentNode<StartQuery, StartQueryVariables>;
export const ReportFaultDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ReportFault"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ReportFaultInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"key"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"answer"},"name":{"kind":"Name","value":"reportFault"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"key"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Order"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refusal"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Order"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WorkOrder"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"reportedAt"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Rejection"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<ReportFaultMutation, ReportFaultMutationVariables>;
export const CompleteWorkOrderDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CompleteWorkOrder"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CompleteWorkOrderInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"key"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"revision"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"answer"},"name":{"kind":"Name","value":"completeWorkOrder"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"key"}}},{"kind":"Argument","name":{"kind":"Name","value":"expectedRevision"},"value":{"kind":"Variable","name":{"kind":"Name","value":"revision"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Order"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refusal"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Order"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WorkOrder"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"reportedAt"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Rejection"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<CompleteWorkOrderMutation, CompleteWorkOrderMutationVariables>;
export const OrdersDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Orders"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"WorkOrderFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"workOrders"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Order"}},{"kind":"Field","name":{"kind":"Name","value":"technician"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Order"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WorkOrder"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"reportedAt"}}]}}]} as unknown as DocumentNode<OrdersQuery, OrdersQueryVariables>;