import { assets } from '@hospital/assets';
import { energy } from '@hospital/energy';
import { inventory } from '@hospital/inventory';
import { plus, to } from '@hospital/kernel';
import { category, dispatchRule, locationCode, NO_NEEDS, place, SHIPPED, USUAL_AGREEMENT, vendor } from '@hospital/workorders';
import { ASSETS, CODED, ITEMS, type Kind, KINDS, METERS, type Thing, VENDORS } from './fixture';
import { ADMINISTRATOR, MONTH, type Stage } from './stage';

export interface Furniture {
  readonly places: readonly (Thing & { readonly id: string })[];
  readonly categories: ReadonlyMap<string, Kind>;
  /** The firm that serves a trade. */
  readonly vendors: ReadonlyMap<string, string>;
}

/** From then on the rule that ships dispatches; before, somebody at the desk does, later and by habit. */
const RULE_AFTER_MONTHS = 6;
const BY_HAND = 'dr_by_hand';

/** What is there on the first day: places and devices, goods, meters, firms, kinds of faults and who sends somebody. */
export async function furnish(stage: Stage): Promise<Furniture> {
  const { orders, things, stores, meters, plan } = stage;
  const places: (Thing & { readonly id: string })[] = [];
  for (const thing of ASSETS) {
    const { name, kind, zone, criticality } = thing;
    const id = stage.named(things, 'as');
    await stage.does(things, to(assets.aggregates[0], id, 'RegisterAsset', { name, kind }), ADMINISTRATOR);
    await stage.does(orders, to(place, id, 'ClassifyPlace', { zone, criticality }), ADMINISTRATOR);
    const code = { place: { id }, spot: name, zone };
    if (CODED.includes(kind))
      await stage.does(orders, to(locationCode, stage.named(orders, 'lc'), 'IssueLocationCode', code), ADMINISTRATOR);
    places.push({ ...thing, id });
  }
  for (const [name, unit] of ITEMS)
    await stage.does(stores, to(inventory.aggregates[0], stage.named(stores, 'it'), 'RegisterItem', { name, unit }), ADMINISTRATOR);
  for (const [name, medium, unit] of METERS)
    await stage.does(meters, to(energy.aggregates[0], stage.named(meters, 'mt'), 'RegisterMeter', { name, medium, unit }), ADMINISTRATOR);
  const vendors = new Map<string, string>();
  for (const [name, trades, arrivalMinutes, entrapmentMinutes] of VENDORS) {
    const id = stage.named(orders, 'vn');
    const agreement = { trades, arrivalMinutes, entrapmentMinutes, from: stage.start, until: null };
    await stage.does(orders, to(vendor, id, 'RegisterVendor', { name, contact: null, agreement }), ADMINISTRATOR);
    for (const trade of trades) vendors.set(trade, id);
  }
  return { places, categories: await defineFaults(stage, plan.months > RULE_AFTER_MONTHS), vendors };
}

async function defineFaults(stage: Stage, byHandFirst: boolean): Promise<ReadonlyMap<string, Kind>> {
  const { orders } = stage;
  const { id: _, version: __, ...rule } = SHIPPED;
  const byHand = { ...rule, id: BY_HAND, name: '人工派工 By hand', mode: 'offer' as const };
  await stage.does(orders, to(dispatchRule, BY_HAND, 'DefineDispatchRule', byHand), ADMINISTRATOR);
  const categories = new Map<string, Kind>();
  for (const kind of KINDS) {
    const id = stage.named(orders, 'ct');
    categories.set(id, kind);
    await stage.does(orders, to(category, id, 'DefineCategory', definitionOf(kind, byHandFirst ? BY_HAND : null)), ADMINISTRATOR);
  }
  if (byHandFirst)
    stage.later(plus(stage.start, RULE_AFTER_MONTHS * MONTH), async () => {
      for (const [id, kind] of categories)
        await stage.does(orders, to(category, id, 'ReviseCategory', definitionOf(kind, null)), ADMINISTRATOR);
    });
  return categories;
}

const definitionOf = ({ name, nameEn, trade, certificate, asks }: Kind, ruleId: string | null) => ({
  ...{ name, nameEn, trade, openToPatients: true, agreement: USUAL_AGREEMENT, ruleId },
  requires: { ...NO_NEEDS, certificate },
  fields: asks ? [{ key: 'spot', label: '具体位置', labelEn: 'Spot', kind: 'text' as const, required: true, options: [] }] : [],
});
