import { inEveryForm } from './forms';
import { referencesJourney } from './references.journey';

inEveryForm(referencesJourney);
