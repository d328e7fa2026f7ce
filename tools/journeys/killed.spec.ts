import { DIVIDED } from './forms';
import { foundForLoad, killedJourney, type UnderLoad } from './killed.journey';
import { sixProcesses } from './six-processes';

describe(`${DIVIDED}, and front-ends that report faults and register people all the time`, () => {
  let founded: UnderLoad;
  beforeAll(async () => {
    let found!: Omit<UnderLoad, 'hospital'>;
    const hospital = await sixProcesses(async (whole) => {
      found = await foundForLoad(whole);
    });
    founded = { hospital, ...found };
  });
  afterAll(() => founded?.hospital.close());

  killedJourney(() => founded);
});
