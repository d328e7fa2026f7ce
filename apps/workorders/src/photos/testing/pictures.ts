/** The smallest files of each kind that hold what matters here; no viewer would show them. */
export const SECRET = 'GPS 39.9042N 116.4074E, phone of Wang';
const PICTURE = 'PICTURE';

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const u32 = (value: number): Buffer => Buffer.from([value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);
const latin = (text: string): Buffer => Buffer.from(text, 'latin1');

function exif(orientation: number | undefined, littleEndian: boolean): Buffer {
  const number = (value: number, size: 2 | 4): Buffer => {
    const bytes = size === 2 ? u16(value) : u32(value);
    return littleEndian ? bytes.reverse() : bytes;
  };
  const entry = (tag: number, value: number): Buffer =>
    Buffer.concat([number(tag, 2), number(3, 2), number(1, 4), number(value, 2), number(0, 2)]);
  const entries = [entry(0x010f, 1), ...(orientation === undefined ? [] : [entry(0x0112, orientation)])];
  const head = Buffer.concat([latin(littleEndian ? 'II' : 'MM'), number(42, 2), number(8, 4), number(entries.length, 2)]);
  return Buffer.concat([head, ...entries, number(0, 4), latin(SECRET)]);
}

interface Jpeg {
  readonly telling?: boolean;
  readonly orientation?: number;
  readonly littleEndian?: boolean;
}

export function jpeg({ telling = false, orientation, littleEndian = true }: Jpeg = {}): Buffer {
  const segment = (marker: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([0xff, marker]), u16(body.length + 2), body]);
  const secrets = [
    segment(0xe1, Buffer.concat([latin('Exif\0\0'), exif(orientation, littleEndian)])),
    segment(0xe1, latin(`http://ns.adobe.com/xap/1.0/\0${SECRET}`)),
    segment(0xed, latin(SECRET)),
    segment(0xfe, latin(SECRET)),
  ];
  const scan = Buffer.concat([segment(0xda, Buffer.alloc(8)), latin(`${PICTURE}\xff\x00\xff\xd0\x01`)]);
  return Buffer.concat([
    latin('\xff\xd8'),
    segment(0xe0, latin('JFIF\0')),
    ...(telling ? secrets : []),
    segment(0xdb, Buffer.alloc(65)),
    scan,
    // Of a progressive JPEG, between two scans.
    ...(telling ? [latin('\xff'), segment(0xfe, latin(SECRET))] : []),
    segment(0xc4, Buffer.alloc(20)),
    scan,
    latin('\xff\xd9'),
    ...(telling ? [latin(`and a film behind it: ${SECRET}`)] : []),
  ]);
}

export function png({ telling = false } = {}): Buffer {
  const chunk = (name: string, body: Buffer): Buffer => Buffer.concat([u32(body.length), latin(name), body, u32(0)]);
  const secrets = ['eXIf', 'tEXt', 'iTXt', 'zTXt', 'tIME'].map((name) => chunk(name, latin(SECRET)));
  return Buffer.concat([
    latin('\x89PNG\r\n\x1a\n'),
    chunk('IHDR', Buffer.alloc(13)),
    ...(telling ? secrets : []),
    chunk('IDAT', latin(PICTURE)),
    chunk('IEND', Buffer.alloc(0)),
    ...(telling ? [latin(SECRET)] : []),
  ]);
}

export function webp({ telling = false } = {}): Buffer {
  const chunk = (name: string, body: Buffer): Buffer =>
    Buffer.concat([latin(name), u32(body.length).reverse(), body, Buffer.alloc(body.length % 2)]);
  const flags = Buffer.alloc(10);
  flags[0] = telling ? 0x2c : 0x20;
  const body = Buffer.concat([
    latin('WEBP'),
    chunk('VP8X', flags),
    chunk('VP8 ', latin(PICTURE)),
    ...(telling ? [chunk('EXIF', exif(6, true)), chunk('XMP ', latin(SECRET))] : []),
  ]);
  return Buffer.concat([latin('RIFF'), u32(body.length).reverse(), body, ...(telling ? [latin(SECRET)] : [])]);
}

export function heic({ telling = false } = {}): Buffer {
  const box = (name: string, ...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    return Buffer.concat([u32(body.length + 8), latin(name), body]);
  };
  const full = (version: number): Buffer => Buffer.from([version, 0, 0, 0]);
  const items = [
    { type: 'hvc1', bytes: latin(PICTURE), inside: false },
    ...(telling
      ? [
          { type: 'Exif', bytes: latin(SECRET), inside: false },
          { type: 'mime', bytes: latin(SECRET), inside: true },
        ]
      : []),
  ];
  const info = items.map(({ type }, n) => box('infe', full(2), u16(n + 1), u16(0), latin(type), latin('\0')));
  const ftyp = box('ftyp', latin('heic'), u32(0), latin('mif1'));
  const uuid = telling ? box('uuid', latin(SECRET)) : Buffer.alloc(0);
  const idat = box('idat', ...items.filter(({ inside }) => inside).map(({ bytes }) => bytes));
  const places = (mdat: number): Buffer => {
    let [within, after] = [0, mdat];
    const entries = items.map(({ bytes, inside }, n) => {
      const from = inside ? within : after;
      if (inside) within += bytes.length;
      else after += bytes.length;
      return Buffer.concat([u16(n + 1), u16(inside ? 1 : 0), u16(0), u16(1), u32(from), u32(bytes.length)]);
    });
    return box('iloc', full(1), u16(0x4400), u16(items.length), ...entries);
  };
  const meta = (mdat: number): Buffer => box('meta', full(0), box('iinf', full(0), u16(items.length), ...info), places(mdat), idat);
  const before = Buffer.concat([ftyp, uuid, meta(0)]).length;
  return Buffer.concat([ftyp, uuid, meta(before + 8), box('mdat', ...items.filter(({ inside }) => !inside).map(({ bytes }) => bytes))]);
}
