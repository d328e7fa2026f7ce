import type { DividedHospital, Hospital } from './hospital';
import { oneProcess } from './one-process';
import { obstacle, sixProcesses } from './six-processes';

/** How titles begin of what is worth making again over a real Kafka; `.ci/run` picks them by it. */
export const DIVIDED = 'each context in a process of its own';

/** Makes a journey through the suite in each of its forms: the same sentences, in one process and in six. */
export function inEveryForm(
  journey: (hospital: () => Hospital) => void,
  divided: (hospital: () => DividedHospital) => void = () => undefined,
) {
  describe('the suite in one process, on the embedded engines', () => {
    let hospital: Hospital;
    beforeAll(async () => {
      hospital = await oneProcess();
    });
    afterAll(() => hospital?.close());

    journey(() => hospital);
  });

  const reason = obstacle();
  if (reason !== undefined) console.warn(`The journeys through six processes are not made: ${reason}`);

  (reason === undefined ? describe : describe.skip)(`${DIVIDED}, on EventStoreDB and Kafka`, () => {
    let hospital: DividedHospital;
    beforeAll(async () => {
      hospital = await sixProcesses();
    });
    afterAll(() => hospital?.close());

    journey(() => hospital);
    divided(() => hospital);
  });
}
