import { bare, typeOf } from './bare-photo';
import { heic, jpeg, png, SECRET, webp } from './testing/pictures';

const PLAIN = { 'image/jpeg': jpeg(), 'image/png': png(), 'image/webp': webp(), 'image/heic': heic() } as const;
const TELLING = {
  'image/jpeg': jpeg({ telling: true }),
  'image/png': png({ telling: true }),
  'image/webp': webp({ telling: true }),
  'image/heic': heic({ telling: true }),
} as const;
type Type = keyof typeof PLAIN;
const TYPES = Object.keys(PLAIN) as Type[];

describe('WO-01 given the bytes of a photo', () => {
  it.each(TYPES)('when they are a %s, then that is known by how they begin', (type) => expect(typeOf(PLAIN[type])).toBe(type));

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a GIF', Buffer.from('GIF89a......')],
    ['a page', Buffer.from('<html><script>alert(1)</script>')],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['sound in a RIFF', Buffer.from('RIFF\x04\0\0\0WAVE', 'latin1')],
    ['a film', Buffer.from('\0\0\0\x18ftypmp42', 'latin1')],
  ])('when they are %s, then they are no photo', (_, bytes) => expect(typeOf(bytes)).toBeUndefined());
});

describe('WO-24 given a photo that tells who took it, where and with what', () => {
  it.each(TYPES)('when a %s is made bare, then nothing of that is left, and the picture is', (type) => {
    expect(TELLING[type].includes(SECRET)).toBe(true);
    const photo = bare(type, TELLING[type])!;
    expect(photo.includes(SECRET)).toBe(false);
    expect(photo.includes('PICTURE')).toBe(true);
    expect(typeOf(photo)).toBe(type);
    expect(bare(type, photo)).toEqual(photo);
  });

  it.each(['image/jpeg', 'image/png', 'image/webp'] as const)('when a %s tells nothing, then it stays as it is', (type) => {
    expect(bare(type, PLAIN[type])).toEqual(PLAIN[type]);
  });

  it('when a JPEG was taken with the camera on its side, then only that is still said of it', () => {
    for (const littleEndian of [true, false]) {
      const photo = bare('image/jpeg', jpeg({ telling: true, orientation: 6, littleEndian }))!;
      expect(photo.includes(SECRET)).toBe(false);
      expect(photo.toString('hex')).toContain('ffe1002245786966000049492a0008000000010012010300010000000600000000000000');
      expect(bare('image/jpeg', photo)).toEqual(photo);
    }
  });

  it.each([0, 1, 9])('when the orientation of a JPEG is %i, then there is nothing to say of it', (orientation) => {
    expect(bare('image/jpeg', jpeg({ telling: true, orientation }))).toEqual(jpeg());
  });
});

describe('WO-01 given a photo that is not whole', () => {
  it.each(TYPES)('when a %s is cut off anywhere, then it is refused', (type) => {
    for (let length = 12; length < PLAIN[type].length; length += 1)
      expect([length, bare(type, PLAIN[type].subarray(0, length))]).toEqual([length, undefined]);
  });

  it.each(TYPES)('when any byte of a %s is another, then that ends, one way or the other', (type) => {
    for (let at = 0; at < TELLING[type].length; at += 1) {
      const damaged = Buffer.from(TELLING[type]);
      damaged[at] = damaged[at]! ^ 0xff;
      expect(() => bare(type, damaged)).not.toThrow();
    }
  });
});
