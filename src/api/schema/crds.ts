import { argoGroup } from '../kube.js';
import { analysisRun, analysisTemplate, clusterAnalysisTemplate } from './analysis.js';
import { experiment } from './experiment.js';
import { rollout } from './rollout.js';
import type { Schema } from './schema.js';

interface PrinterColumn {
  readonly name: string;
  readonly type: 'integer' | 'string' | 'date';
  readonly jsonPath: string;
  readonly description: string;
}

/** A CustomResourceDefinition of apiextensions.k8s.io/v1, as far as ours use it. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames: readonly string[];
    };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly additionalPrinterColumns: readonly PrinterColumn[];
      readonly schema: { readonly openAPIV3Schema: Schema };
      readonly subresources?: Readonly<Record<string, unknown>>;
    }[];
  };
}

interface Kind {
  readonly kind: string;
  readonly shortName: string;
  readonly scope?: 'Namespaced' | 'Cluster';
  readonly schema: Schema;
  readonly columns: readonly PrinterColumn[];
  readonly subresources?: Readonly<Record<string, unknown>>;
}

const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since it was created' };
const phase: PrinterColumn = { name: 'Status', type: 'string', jsonPath: '.status.phase', description: 'Phase' };

function pods(name: string, jsonPath: string, description: string): PrinterColumn {
  return { name, type: 'integer', jsonPath, description };
}

const kinds: readonly Kind[] = [
  {
    kind: 'Rollout',
    shortName: 'ro',
    schema: rollout,
    columns: [
      pods('Desired', '.spec.replicas', 'Pods wanted'),
      pods('Current', '.status.replicas', 'Pods there are'),
      pods('Up-to-date', '.status.updatedReplicas', 'Pods of the current version'),
      pods('Available', '.status.availableReplicas', 'Pods that are available'),
      phase,
      age,
    ],
    subresources: {
      status: {},
      scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.HPAReplicas', labelSelectorPath: '.status.selector' },
    },
  },
  // The others have no status subresource, as upstream: its tools write their status with the rest of the object.
  { kind: 'AnalysisTemplate', shortName: 'at', schema: analysisTemplate, columns: [age] },
  { kind: 'ClusterAnalysisTemplate', shortName: 'cat', scope: 'Cluster', schema: clusterAnalysisTemplate, columns: [age] },
  { kind: 'AnalysisRun', shortName: 'ar', schema: analysisRun, columns: [phase, age] },
  { kind: 'Experiment', shortName: 'exp', schema: experiment, columns: [phase, age] },
];

/** Our five CustomResourceDefinitions, ready to be applied. */
export const customResourceDefinitions: readonly CustomResourceDefinition[] = kinds.map(definitionOf);

/** Kind to the schema of its objects, without metadata: for structural validation where no API server does it. */
export const crdSchemas: Readonly<Record<string, Schema>> = Object.fromEntries(kinds.map(({ kind, schema }) => [kind, schema]));

function definitionOf({ kind, shortName, scope = 'Namespaced', schema, columns, subresources }: Kind): CustomResourceDefinition {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${argoGroup}`, labels: { 'app.kubernetes.io/part-of': 'sluice' } },
    spec: {
      group: argoGroup,
      scope,
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames: [shortName] },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: withTypeMeta(schema) },
          ...(subresources && { subresources }),
        },
      ],
    },
  };
}

function withTypeMeta(schema: Schema): Schema {
  const typeMeta: Readonly<Record<string, Schema>> = {
    apiVersion: { type: 'string', description: 'Version of the API, argoproj.io/v1alpha1.' },
    kind: { type: 'string', description: 'Kind of the object.' },
    metadata: { type: 'object' },
  };
  return { ...schema, properties: { ...typeMeta, ...schema.properties } };
}
