import type { DividedHospital, Hospital } from './hospital';
import { oneProcess } from './one-process';
import { fallingSilentJourney, repairJourney } from './repair.journey';
import { obstacle, sixProcesses } from './six-processes';

describe('the suite in one process, on the embedded engines', () => {
  let hospital: Hospital;
  beforeAll(async () => {
    hospital = await oneProcess();
  });
  afterAll(() => hospital?.close());

  repairJourney(() => hospital);
});

const reason = obstacle();
const divided = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`The journeys through six processes are not made: ${reason}`);

divided('each context in a process of its own, on EventStoreDB and Kafka', () => {
  let hospital: DividedHospital;
  beforeAll(async () => {
    hospital = await sixProcesses();
  });
  afterAll(() => hospital?.close());

  repairJourney(() => hospital);
  fallingSilentJourney(() => hospital);
});
