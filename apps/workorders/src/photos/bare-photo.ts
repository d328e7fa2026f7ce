/** What a photo may be, by its first bytes; whatever a header or a name says. */
export type PhotoType = 'image/jpeg' | 'image/png' | 'image/webp' | 'image/heic';

const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'mif1'];

export function typeOf(bytes: Buffer): PhotoType | undefined {
  const text = (from: number, to: number): string => bytes.toString('latin1', from, to);
  if (text(0, 3) === '\xff\xd8\xff') return 'image/jpeg';
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'image/png';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'image/webp';
  if (text(4, 8) === 'ftyp' && HEIC_BRANDS.includes(text(8, 12))) return 'image/heic';
  return undefined;
}

/**
 * The photo without whatever tells of the person who took it: place, device, time, comments, previews, what hangs on behind. Of such
 * data only the orientation of a JPEG stays, or it would be shown lying on its side. `undefined`: it is broken or not whole.
 */
export function bare(type: PhotoType, bytes: Buffer): Buffer | undefined {
  try {
    return { 'image/jpeg': bareJpeg, 'image/png': barePng, 'image/webp': bareWebp, 'image/heic': bareHeic }[type](bytes);
  } catch (error) {
    // A length in it leads beyond its end.
    if ((error as Error).name === 'RangeError') return undefined;
    throw error;
  }
}

const [START, END, SCAN, COMMENT, APP1, APP15] = [0xd8, 0xd9, 0xda, 0xfe, 0xe1, 0xef];

/** Marker segments up to the end of the image, those for applications and comments left out. */
function bareJpeg(bytes: Buffer): Buffer | undefined {
  const kept = [bytes.subarray(0, 2)];
  for (let at = 2; ;) {
    if (bytes.readUInt8(at) !== 0xff) return undefined;
    const marker = bytes.readUInt8(at + 1);
    if (marker === END) return Buffer.concat([...kept, bytes.subarray(at, at + 2)]);
    if (marker === START) return undefined;
    // Any number of fill bytes may come before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = bytes.readUInt16BE(at + 2);
    const next = marker === SCAN ? endOfScan(bytes, at + 2 + length) : at + 2 + length;
    const segment = bytes.subarray(at, next);
    if (length < 2 || segment.length < next - at) return undefined;
    if (marker === APP1) kept.push(...orientationOf(segment));
    else if (marker !== COMMENT && !(marker > APP1 && marker <= APP15)) kept.push(segment);
    at = next;
  }
}

/** Where the next marker is that is neither a restart nor an escaped byte of the picture. */
function endOfScan(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(0xff, from);
  while (at >= 0 && (bytes[at + 1] === 0 || (bytes[at + 1]! >= 0xd0 && bytes[at + 1]! <= 0xd7))) at = bytes.indexOf(0xff, at + 2);
  if (at < 0) throw new RangeError('a picture without an end');
  return at;
}

/** An Exif segment that says how the camera was held, and nothing else; none when it was held upright or nobody knows. */
function orientationOf(segment: Buffer): readonly Buffer[] {
  if (segment.toString('latin1', 4, 10) !== 'Exif\0\0') return [];
  const exif = segment.subarray(10);
  if (exif.length < 8) return [];
  const little = exif.toString('latin1', 0, 2) === 'II';
  const word = (at: number): number => (little ? exif.readUInt16LE(at) : exif.readUInt16BE(at));
  const first = little ? exif.readUInt32LE(4) : exif.readUInt32BE(4);
  for (let entry = first + 2; entry + 12 <= exif.length && entry < first + 2 + 12 * word(first); entry += 12) {
    if (word(entry) !== 0x0112) continue;
    const orientation = word(entry + 8);
    if (orientation < 2 || orientation > 8) return [];
    return [Buffer.from(`ffe1002245786966000049492a0008000000010012010300010000000${orientation}00000000000000`, 'hex')];
  }
  return [];
}

const PNG_KEPT = ['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP'];

function barePng(bytes: Buffer): Buffer | undefined {
  const kept = [bytes.subarray(0, 8)];
  for (let at = 8; ;) {
    const next = at + 12 + bytes.readUInt32BE(at);
    const name = bytes.toString('latin1', at + 4, at + 8);
    if (next > bytes.length) return undefined;
    if (PNG_KEPT.includes(name)) kept.push(bytes.subarray(at, next));
    if (name === 'IEND') return Buffer.concat(kept);
    at = next;
  }
}

const WEBP_KEPT = ['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP'];

function bareWebp(bytes: Buffer): Buffer | undefined {
  const kept = [Buffer.from('WEBP')];
  const end = 8 + bytes.readUInt32LE(4);
  if (end > bytes.length) return undefined;
  for (let at = 12; at < end;) {
    const size = bytes.readUInt32LE(at + 4);
    const next = at + 8 + size + (size % 2);
    if (next > end) return undefined;
    const name = bytes.toString('latin1', at, at + 4);
    const chunk = Buffer.from(bytes.subarray(at, next));
    // The flags that promise Exif and XMP.
    if (name === 'VP8X') chunk.writeUInt8(chunk.readUInt8(8) & ~0x0c, 8);
    if (WEBP_KEPT.includes(name)) kept.push(chunk);
    at = next;
  }
  const body = Buffer.concat(kept);
  const head = Buffer.from('RIFF\0\0\0\0', 'latin1');
  head.writeUInt32LE(body.length, 4);
  return body.length > 4 ? Buffer.concat([head, body]) : undefined;
}

const HEIC_KEPT = ['ftyp', 'meta', 'mdat'];

/** Boxes stay where they are, since they are referred to by their place; what tells of the person is overwritten. */
function bareHeic(original: Buffer): Buffer | undefined {
  const bytes = Buffer.from(original);
  const top = boxes(bytes, 0, bytes.length);
  const meta = top.find(({ name }) => name === 'meta');
  if (!meta) return undefined;
  for (const { name, from, body, to } of top) if (!HEIC_KEPT.includes(name)) bytes.fill(0, body, to).write('free', from + 4, 'latin1');
  const inMeta = boxes(bytes, meta.body + 4, meta.to);
  const box = (wanted: string) => inMeta.find(({ name }) => name === wanted);
  const [infos, places] = [box('iinf'), box('iloc')];
  if (!infos || !places) return undefined;
  const described = boxes(bytes, infos.body + (bytes.readUInt8(infos.body) === 0 ? 6 : 8), infos.to);
  const telling = new Set<number>();
  for (const { body } of described) {
    const wide = bytes.readUInt8(body) >= 3;
    const type = bytes.toString('latin1', body + (wide ? 10 : 8), body + (wide ? 14 : 12));
    if (['Exif', 'mime', 'uri '].includes(type)) telling.add(wide ? bytes.readUInt32BE(body + 4) : bytes.readUInt16BE(body + 4));
  }
  for (const { item, inside, from, length } of extentsIn(bytes, places.body)) {
    const start = inside ? (box('idat')?.body ?? Infinity) + from : from;
    if (start + length > bytes.length) return undefined;
    if (telling.has(item)) bytes.fill(0, start, start + length);
  }
  return bytes;
}

interface Box {
  readonly name: string;
  readonly from: number;
  readonly body: number;
  readonly to: number;
}

function boxes(bytes: Buffer, from: number, end: number): readonly Box[] {
  const found: Box[] = [];
  for (let at = from; at < end;) {
    const size = bytes.readUInt32BE(at);
    const wide = size === 1;
    const to = size === 0 ? end : at + (wide ? Number(bytes.readBigUInt64BE(at + 8)) : size);
    const body = at + (wide ? 16 : 8);
    if (to > end || to < body) throw new RangeError('a box beyond its end');
    found.push({ name: bytes.toString('latin1', at + 4, at + 8), from: at, body, to });
    at = to;
  }
  return found;
}

/** Where the items of a HEIC lie: the box `iloc` of ISO/IEC 14496-12. */
function* extentsIn(bytes: Buffer, box: number) {
  let at = box + 4;
  const number = (size: number): number => {
    const value = size === 8 ? Number(bytes.readBigUInt64BE(at)) : size === 0 ? 0 : bytes.readUIntBE(at, size);
    at += size;
    return value;
  };
  const version = bytes.readUInt8(box);
  const sizes = number(2);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexSize = version === 0 ? 0 : sizes & 15;
  for (let items = number(version < 2 ? 2 : 4); items > 0; items -= 1) {
    const item = number(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : number(2) & 15;
    if (method > 1) throw new RangeError('an item inside another');
    number(2);
    const base = number(baseSize);
    for (let extents = number(2); extents > 0; extents -= 1) {
      number(indexSize);
      const from = base + number(offsetSize);
      yield { item, inside: method === 1, from, length: number(lengthSize) };
    }
  }
}
