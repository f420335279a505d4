/** The condition language: successCondition, failureCondition, and the times of a range query. */
export { compileCondition, conditionWarnings, evaluateCondition, evaluateTime, noData } from './condition.js';
export { formatFloat, formatGeneral, formatGeneralFloat, formatValue } from './format.js';
export { typeOfValue } from './go-type.js';
export { array, dynamic, float64, floatArray, goTime, int64, nil, recordArray, uint64, type GoValue } from './value.js';
