import { inEveryForm } from './forms';
import { qualityJourney } from './quality.journey';

inEveryForm(qualityJourney);
