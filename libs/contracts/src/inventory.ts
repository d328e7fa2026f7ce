import { code, idOf, label, promise } from './promise';

const item = promise('item', { itemId: idOf('it', 'The item 物资') });

export const inventory = {
  ItemRegistered: item('Something that is kept in stock was entered in the catalogue 物资登记.', {
    name: label('Catalogue name'),
    unit: code('What one of it is: piece, box, kg …'),
  }),
} as const;
