export { Chance } from '../../apps/standalone/src/hospital/chance';
