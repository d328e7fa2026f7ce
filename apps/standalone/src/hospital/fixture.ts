/** The hospital that everybody can try: made up, with the figures of a real one's report. Figures shown are computed, never kept here. */

/** Those that every demo knows by name; who is on shift when the suite starts. */
export const KNOWN: readonly (readonly [name: string, trade: string, onShift: boolean])[] = [
  ['陈建国', 'electrician', true],
  ['李明', 'electrician', false],
  ['王志强', 'electrician', false],
  ['刘洋', 'plumber', true],
  ['赵敏', 'plumber', false],
  ['孙伟', 'hvac-technician', true],
  ['周涛', 'lift-mechanic', true],
  ['吴秀英', 'cleaner', true],
  ['郑丽', 'cleaner', false],
  ['何军', 'guard', true],
];

/** 12 engineers, 35 cleaners, 20 guards and 8 waste handlers: 75, and ten whom no list of trades names. */
export const TRADES: Readonly<Record<string, number>> = {
  electrician: 5,
  plumber: 3,
  'hvac-technician': 2,
  'lift-mechanic': 2,
  cleaner: 35,
  guard: 20,
  'waste-handler': 8,
  '': 10,
};

/** Kinds of certificate and how many of a trade hold it. Of five electricians three: that is what one rate for all hides. */
export const HIGH_VOLTAGE = 'electrician-hv';
export const CERTIFIED: readonly (readonly [trade: string, kind: string, holders: number])[] = [
  ['electrician', HIGH_VOLTAGE, 3],
  ['plumber', 'plumber', 3],
  ['hvac-technician', 'refrigeration', 2],
  ['lift-mechanic', 'lift-maintenance', 2],
  ['cleaner', 'disinfection', 31],
  ['guard', 'security-guard', 19],
  ['waste-handler', 'medical-waste', 8],
  ['', 'food-hygiene', 4],
];

/** Weeks in which nobody is on call, from the end of the year on: why, and whether it was declared. */
export const GAPS: readonly (readonly [trade: string, week: number, why: string, declared: boolean])[] = [
  ['hvac-technician', -20, '两人均患流感 Both had influenza', true],
  ['lift-mechanic', 2, '两人参加厂家培训 Both are trained by the manufacturer', true],
  ['hvac-technician', 4, '待招聘替班 Nobody found yet', false],
];

const SURNAMES = '张林黄徐马朱胡郭高罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜'.split('');
const GIVEN = '桂兰 海燕 建华 志明 玉珍 国强 秀兰 文斌 红梅 永康 淑芬 振宇 晓东 素琴 大勇 春花 卫东 美玲 立新 金凤'.split(' ');
/** A made-up name, another one for each of the first 600 numbers. */
export const nameOf = (n: number): string =>
  `${SURNAMES[n % SURNAMES.length]!}${GIVEN[(n * 7 + Math.floor(n / SURNAMES.length)) % GIVEN.length]!}`;

/** Six of ten are 50 or older, and yet the mean is about 42: the others are young. */
export const ageOf = (n: number): number => (n % 5 < 3 ? 50 + (n % 4) : 22 + (n % 12));

const BUILDINGS: readonly (readonly [name: string, zone: string, floors: number, departments: readonly string[]])[] = [
  ['门诊楼 Outpatient building', 'outpatient', 4, ['急诊科 Emergency', '儿科门诊 Paediatric clinic', '口腔科 Dentistry', '药房 Pharmacy']],
  ['住院楼 Inpatient building', 'inpatient', 8, ['心内科 Cardiology', '骨科 Orthopaedics', '产科 Obstetrics', '重症监护 Intensive care']],
  [
    '医技楼 Diagnostics building',
    'diagnostics',
    5,
    ['放射科 Radiology', '检验科 Laboratory', '手术室 Operating theatres', '供应室 Sterile supply'],
  ],
];

export interface Thing {
  readonly name: string;
  readonly kind: string;
  /** Where it counts for dispatch; null: it is no place to report from. */
  readonly zone: string | null;
  readonly criticality: 1 | 2 | 3;
}

const numbered = (count: number, of: (n: number) => Thing): readonly Thing[] => Array.from({ length: count }, (_, n) => of(n + 1));

/** Buildings, their floors and departments; 12 lifts (2 dirty), 3 autoclaves, one central air conditioning, 15 generator sets (5 old). */
export const ASSETS: readonly Thing[] = [
  ...BUILDINGS.flatMap(([name, zone, floors, departments]): Thing[] => [
    { name, kind: 'building', zone, criticality: zone === 'inpatient' ? 3 : 2 },
    ...numbered(floors, (n) => {
      const [chinese, ...english] = name.split(' ');
      return { name: `${chinese}${n}层 ${english.join(' ')}, floor ${n}`, kind: 'floor', zone, criticality: 2 };
    }),
    ...departments.map((department): Thing => ({
      ...{ name: department, kind: 'department', zone },
      criticality: /Emergency|Intensive|theatres/.test(department) ? 3 : 2,
    })),
  ]),
  ...numbered(12, (n) => ({
    name: `${n}号电梯 Lift ${n}`,
    kind: n <= 10 ? 'lift' : 'lift-dirty',
    zone: ['inpatient', 'outpatient', 'diagnostics'][n % 3]!,
    criticality: 3,
  })),
  ...numbered(3, (n) => ({ name: `${n}号灭菌器 Autoclave ${n}`, kind: 'autoclave', zone: 'diagnostics', criticality: 3 })),
  { name: '中央空调 Central air conditioning', kind: 'central-air-conditioning', zone: 'inpatient', criticality: 2 },
  ...numbered(15, (n) => ({
    name: `${n}号发电机组 Generator set ${n}`,
    // The register has no year of installation yet; until then the kind says it.
    kind: n <= 5 ? 'generator-over-10-years' : 'generator',
    zone: 'diagnostics',
    criticality: 3,
  })),
];

/** Location codes hang on these kinds. */
export const CODED = ['floor', 'department', 'lift', 'lift-dirty'];

export interface Kind {
  readonly name: string;
  readonly nameEn: string;
  readonly trade: string;
  /** Of all requests, in 100. */
  readonly share: number;
  /** Of work. */
  readonly minutes: number;
  readonly certificate: string | null;
  /** Whether a spot must be told. */
  readonly asks: boolean;
  /** How the kinds of devices begin that have it; others have it at floors and departments. */
  readonly device?: string;
}

/** What is asked for. */
export const KINDS: readonly Kind[] = [
  { name: '电气', nameEn: 'Electrical', trade: 'electrician', share: 10, minutes: 45, certificate: null, asks: false },
  { name: '照明与插座', nameEn: 'Lighting and sockets', trade: 'electrician', share: 17, minutes: 40, certificate: null, asks: true },
  {
    name: '高压配电',
    nameEn: 'High-voltage distribution',
    trade: 'electrician',
    share: 5,
    minutes: 90,
    certificate: HIGH_VOLTAGE,
    asks: true,
  },
  {
    name: '发电机组',
    nameEn: 'Generator set',
    trade: 'electrician',
    share: 2,
    minutes: 120,
    certificate: null,
    asks: false,
    device: 'generator',
  },
  { name: '给排水', nameEn: 'Plumbing', trade: 'plumber', share: 24, minutes: 50, certificate: null, asks: true },
  { name: '空调', nameEn: 'Air conditioning', trade: 'hvac-technician', share: 13, minutes: 70, certificate: null, asks: true },
  {
    name: '灭菌器',
    nameEn: 'Autoclave',
    trade: 'hvac-technician',
    share: 2,
    minutes: 90,
    certificate: null,
    asks: false,
    device: 'autoclave',
  },
  { name: '电梯', nameEn: 'Lift', trade: 'lift-mechanic', share: 8, minutes: 60, certificate: null, asks: true, device: 'lift' },
  { name: '保洁', nameEn: 'Cleaning', trade: 'cleaner', share: 19, minutes: 30, certificate: null, asks: true },
];

/** Firms: what they serve, minutes to be on site, minutes when somebody is trapped. */
export const VENDORS: readonly (readonly [name: string, trades: readonly string[], arrival: number, entrapment: number])[] = [
  ['安捷电梯维保 Anjie Lift Services', ['lift-mechanic'], 120, 30],
  ['恒信机电 Hengxin Electromechanical', ['electrician', 'hvac-technician'], 120, 60],
  ['清源水务工程 Qingyuan Waterworks', ['plumber'], 120, 60],
];

/** Twenty kinds of disinfection goods. */
export const ITEMS: readonly (readonly [name: string, unit: string])[] = [
  ['医用手套 Medical gloves', 'pair'],
  ['医用口罩 Medical masks', 'piece'],
  ['N95口罩 N95 respirators', 'piece'],
  ['防护服 Protective gowns', 'piece'],
  ['隔离衣 Isolation gowns', 'piece'],
  ['护目镜 Goggles', 'piece'],
  ['面屏 Face shields', 'piece'],
  ['鞋套 Shoe covers', 'pair'],
  ['帽子 Caps', 'piece'],
  ['75%酒精 Alcohol 75 %', 'bottle'],
  ['含氯消毒片 Chlorine tablets', 'box'],
  ['84消毒液 Bleach', 'bottle'],
  ['过氧化氢 Hydrogen peroxide', 'bottle'],
  ['碘伏 Iodophor', 'bottle'],
  ['免洗手消毒液 Hand rub', 'bottle'],
  ['消毒湿巾 Disinfectant wipes', 'pack'],
  ['紫外线灯管 UV lamps', 'piece'],
  ['医疗废物袋 Medical waste bags', 'piece'],
  ['利器盒 Sharps boxes', 'piece'],
  ['灭菌指示卡 Sterilisation indicators', 'box'],
];

export const METERS: readonly (readonly [name: string, medium: 'electricity' | 'water' | 'gas', unit: string])[] = [
  ['总电表 Main electricity meter', 'electricity', 'kWh'],
  ['门诊楼电表 Outpatient electricity meter', 'electricity', 'kWh'],
  ['住院楼电表 Inpatient electricity meter', 'electricity', 'kWh'],
  ['医技楼电表 Diagnostics electricity meter', 'electricity', 'kWh'],
  ['总水表 Main water meter', 'water', 'm³'],
  ['住院楼水表 Inpatient water meter', 'water', 'm³'],
  ['总燃气表 Main gas meter', 'gas', 'm³'],
];
