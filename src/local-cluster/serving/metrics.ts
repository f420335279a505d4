import type { KubeObject } from '../../api/kube.js';
import type { AnswerCount } from './answer-counts.js';

/**
 * A pod's answers as Prometheus scrapes them: http_requests_total and http_request_duration_seconds_sum and _count,
 * by code, version, pod and namespace. Rates by version, such as the share of 5xx, can be asked of these.
 */
export function renderMetrics(pod: KubeObject, counts: readonly AnswerCount[]): string {
  const { name, namespace = '' } = pod.metadata;
  const labels = ({ code, version }: AnswerCount): string =>
    `{code="${code}",version="${escape(version)}",pod="${name}",namespace="${namespace}"}`;
  const family = (metric: string, type: string, help: string, samples: readonly string[]): readonly string[] => [
    `# HELP ${metric} ${help}`,
    `# TYPE ${metric} ${type}`,
    ...samples,
  ];
  const duration = 'http_request_duration_seconds';
  return [
    ...family(
      'http_requests_total',
      'counter',
      'Answers given.',
      counts.map((each) => `http_requests_total${labels(each)} ${each.count}`),
    ),
    ...family(duration, 'summary', 'How long answers took.', [
      ...counts.map((each) => `${duration}_sum${labels(each)} ${each.totalMs / 1000}`),
      ...counts.map((each) => `${duration}_count${labels(each)} ${each.count}`),
    ]),
    '',
  ].join('\n');
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
