import { asText } from '../convert.js';
import { fail } from '../error.js';
import { parseDuration } from '../go-duration.js';
import { loadLocation } from '../go-time.js';
import { calendarSteps } from '../limits.js';
import { guessTime, parseTime } from '../time-layout.js';
import { GoLocation, goTime, utc, type GoValue } from '../value.js';
import type { BuiltinTable, Runtime } from './builtin.js';

/** `date(text)`, `date(text, layout)`, `date(text, layout, zone name)`, and each with a timezone(...) in front. */
function date(args: readonly GoValue[], { resources: { budget } }: Runtime): GoValue {
  if (args.length > 4) return fail('too many arguments to call date');
  budget.step(calendarSteps);
  const [first, ...rest] = args;
  const [text = null, layout, zone] = first instanceof GoLocation ? rest : args;
  const location = zone === undefined ? (first instanceof GoLocation ? first : utc) : loadLocation(asText(zone), budget);
  return layout === undefined ? guessTime(asText(text), location) : parseTime(asText(text), asText(layout), location);
}

export const times: BuiltinTable = {
  now: (_args, { now }) => goTime(now),
  duration: ([text = null]) => parseDuration(asText(text)),
  date,
  timezone: ([name = null], { resources }) => loadLocation(asText(name), resources.budget),
};
