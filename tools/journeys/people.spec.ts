import { inEveryForm } from './forms';
import { peopleJourney } from './people.journey';

inEveryForm(peopleJourney);
