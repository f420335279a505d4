import { ambient } from './ambient.mjs';
import { explained } from './explained.mjs';
import { fileNames } from './file-names.mjs';
import { noCycles } from './no-cycles.mjs';
import { pure } from './pure.mjs';
import { roomImports } from './room-imports.mjs';
import { schedulerOnly } from './scheduler-only.mjs';

/** The house rules of this repository, as an ESLint plugin. */
export const sluice = {
  rules: {
    ambient,
    explained,
    'file-names': fileNames,
    'no-cycles': noCycles,
    pure,
    'room-imports': roomImports,
    'scheduler-only': schedulerOnly,
  },
};
