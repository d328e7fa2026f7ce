import { BlockList, isIP } from 'node:net';

/**
 * Where no stranger may send us: this machine, the house's own networks, the link (cloud metadata among it), what is no host at all.
 * Two lists, since one would read an IPv4 address as an IPv6 one too.
 */
const inside = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  inside.ipv4.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [
  ['::', 96],
  // An IPv4 address in the clothes of an IPv6 one, translated or tunnelled.
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const)
  inside.ipv6.addSubnet(net, prefix, 'ipv6');

/** Whether an IP address lies inside; what is none counts as inside. */
export function isPrivate(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  return inside[kind].check(address, kind);
}
