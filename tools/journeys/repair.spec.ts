import { inEveryForm } from './forms';
import { fallingSilentJourney, repairJourney } from './repair.journey';

inEveryForm(repairJourney, fallingSilentJourney);
