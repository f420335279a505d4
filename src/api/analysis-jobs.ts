/** Labels and annotations of the Jobs an AnalysisRun makes, and the fields of the handle stored in a measurement (analysis 4.3). */
export const jobKeys = {
  runUid: 'analysisrun.argoproj.io/uid',
  runName: 'analysisrun.argoproj.io/name',
  runNamespace: 'analysisrun.argoproj.io/namespace',
  metricName: 'analysisrun.argoproj.io/metric-name',
} as const;

export const jobHandleKeys = { name: 'job-name', namespace: 'job-namespace' } as const;
