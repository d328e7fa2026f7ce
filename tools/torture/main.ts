import { liveAsVictim } from './victim';
void liveAsVictim();
