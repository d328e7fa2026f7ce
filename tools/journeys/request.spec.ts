import { inEveryForm } from './forms';
import { requestJourney } from './request.journey';

inEveryForm(requestJourney);
