import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { recordedManifests, recordedStatuses } from '../fixtures/recorded.js';
import type { JsonObject, KubeObject } from '../kube.js';
import { parseAnalysisRun, parseAnalysisTemplate } from '../parse-analysis.js';
import { parseExperiment } from '../parse-experiment.js';
import { parseMetric } from '../parse-metric.js';
import { parseRollout } from '../parse-rollout.js';
import { crdSchemas, customResourceDefinitions } from './index.js';
import type { Schema } from './index.js';

interface Place {
  readonly path: string;
  readonly schema: Schema;
}

/** A schema and all schemas below it; list entries are `[]`, values of maps `*`. */
function places(schema: Schema, path: string): readonly Place[] {
  const below = [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => places(property, `${path}.${name}`)),
    ...(schema.items ? places(schema.items, `${path}[]`) : []),
    ...(schema.additionalProperties ? places(schema.additionalProperties, `${path}.*`) : []),
  ];
  return [{ path, schema }, ...below];
}

const all = Object.entries(crdSchemas).flatMap(([kind, schema]) => places(schema, kind));
/** Where Kubernetes' own schemas begin. */
const embedded = ['Rollout.spec.template', 'Experiment.spec.templates[].template', '.provider.job.spec'];
const isEmbedded = (path: string): boolean => embedded.some((root) => path.includes(`${root}.`) || path.endsWith(root));

function pathsWhere(isWrong: (place: Place) => boolean): readonly string[] {
  return all.filter(isWrong).map(({ path }) => path);
}

describe('the schemas', () => {
  it('describe every field of ours', () => {
    const needsNone = (path: string): boolean => path.endsWith('[]') || path.endsWith('.*');
    expect(pathsWhere(({ path, schema }) => !schema.description && !needsNone(path) && !isEmbedded(path))).toEqual([]);
  });

  it('have no defaults: what a user wrote stays what it is', () => {
    expect(pathsWhere(({ schema }) => 'default' in schema)).toEqual([]);
  });

  it('require only what is there, and the keys of keyed lists', () => {
    expect(pathsWhere(({ schema }) => (schema.required ?? []).some((name) => schema.properties?.[name] === undefined))).toEqual([]);
    const lacksKey = ({ schema }: Place): boolean =>
      (schema['x-kubernetes-list-map-keys'] ?? []).some((key) => !schema.items?.required?.includes(key));
    expect(pathsWhere(lacksKey)).toEqual([]);
  });

  it('are structural: a type everywhere, or a reason why none', () => {
    const hasReason = (schema: Schema): boolean =>
      schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
    expect(pathsWhere(({ schema }) => schema.type === undefined && !hasReason(schema))).toEqual([]);
    expect(pathsWhere(({ schema }) => schema.properties !== undefined && schema.additionalProperties !== undefined)).toEqual([]);
  });

  it('keep what a newer Kubernetes has in pod templates, at every depth', () => {
    const losesFields = ({ path, schema }: Place): boolean =>
      isEmbedded(path) && schema.properties !== undefined && schema['x-kubernetes-preserve-unknown-fields'] !== true;
    expect(pathsWhere(losesFields)).toEqual([]);
  });

  it('keep what another version has in a status', () => {
    const status = ['Rollout.status', 'Rollout.status.canary', 'Rollout.status.blueGreen', 'AnalysisRun.status', 'Experiment.status'];
    expect(
      all.filter(({ path, schema }) => status.includes(path) && schema['x-kubernetes-preserve-unknown-fields']).map(({ path }) => path),
    ).toEqual(status);
  });

  it('know the fields of pods that people ask kubectl explain about', () => {
    const paths = new Set(all.map(({ path }) => path));
    const root = 'Rollout.spec.template.spec';
    for (const path of [
      'containers[].image',
      'containers[].readinessProbe.httpGet.port',
      'volumes[].configMap.name',
      'affinity.podAntiAffinity',
      'tolerations[].key',
    ]) {
      expect(paths).toContain(`${root}.${path}`);
    }
  });
});

describe('the CRDs', () => {
  it.each(customResourceDefinitions)('$metadata.name is generated and small enough for kubectl apply', (definition) => {
    const file = new URL(`../../../crds/${definition.spec.names.singular}.yaml`, import.meta.url);
    expect(readFileSync(file).length).toBeLessThan(262_144);
    expect(JSON.stringify(definition).length).toBeLessThan(200_000);
  });

  it('have the names, scopes and subresources of Argo Rollouts', () => {
    const summary = customResourceDefinitions.map(({ metadata, spec }) => ({
      name: metadata.name,
      short: spec.names.shortNames,
      scope: spec.scope,
      subresources: Object.keys(spec.versions[0]?.subresources ?? {}),
    }));
    expect(summary).toEqual([
      { name: 'rollouts.argoproj.io', short: ['ro'], scope: 'Namespaced', subresources: ['status', 'scale'] },
      { name: 'analysistemplates.argoproj.io', short: ['at'], scope: 'Namespaced', subresources: [] },
      { name: 'clusteranalysistemplates.argoproj.io', short: ['cat'], scope: 'Cluster', subresources: [] },
      { name: 'analysisruns.argoproj.io', short: ['ar'], scope: 'Namespaced', subresources: [] },
      { name: 'experiments.argoproj.io', short: ['exp'], scope: 'Namespaced', subresources: [] },
    ]);
  });
});

describe('what Argo Rollouts accepted and stored', () => {
  const ajv = new Ajv({ strict: false, formats: { int32: true, int64: true, 'date-time': true } });
  const validators = new Map(Object.entries(crdSchemas).map(([kind, schema]) => [kind, ajv.compile(jsonSchemaOf(schema, kind))]));

  function problemsOf(kind: string, object: JsonObject): readonly string[] {
    const validate = validators.get(kind);
    if (validate === undefined) throw new Error(`no schema of ${kind}`);
    validate(object);
    const broken = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
    return [...broken, ...unknownFields(object, crdSchemas[kind] ?? {}, kind)];
  }

  it.each(recordedManifests())('is valid, field by field: $object.kind $object.metadata.name of $recording', ({ object }) => {
    expect(problemsOf(object.kind, { spec: object.spec })).toEqual([]);
  });

  it.each(recordedStatuses())('is a valid status: $kind $name of $recording', ({ kind, status }) => {
    expect(problemsOf(kind, { spec: minimalSpec(kind), status })).toEqual([]);
  });
});

function minimalSpec(kind: string): JsonObject {
  return kind === 'AnalysisRun' ? { metrics: [] } : kind === 'Experiment' ? { templates: [] } : {};
}

/** The dialect of JSON schema that ajv knows; without pod templates, which take it seconds to compile. */
function jsonSchemaOf({ properties, items, additionalProperties, ...schema }: Schema, path: string): Record<string, unknown> {
  if (isEmbedded(path)) return { type: 'object' };
  const entries = Object.entries(properties ?? {}).map(([name, property]) => [name, jsonSchemaOf(property, `${path}.${name}`)]);
  return {
    ...schema,
    ...(schema['x-kubernetes-int-or-string'] && { type: ['integer', 'string'] }),
    ...(properties && { properties: Object.fromEntries(entries) }),
    ...(items && { items: jsonSchemaOf(items, `${path}[]`) }),
    ...(additionalProperties && { additionalProperties: jsonSchemaOf(additionalProperties, `${path}.*`) }),
  };
}

/** What an API server would drop. */
function unknownFields(value: unknown, schema: Schema, path: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((entry, index) => unknownFields(entry, schema.items ?? {}, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => {
    const known = schema.properties?.[key] ?? schema.additionalProperties;
    if (known !== undefined) return unknownFields(entry, known, `${path}.${key}`);
    return schema['x-kubernetes-preserve-unknown-fields'] === true ? [] : [`${path}.${key}`];
  });
}

describe('schema and parsers', () => {
  /** Read as they are, by whoever needs them: routers, providers, the pod template's hash, and what only tools write or read. */
  const raw = [
    /^Rollout\.spec\.template$/,
    /^Rollout\.spec\.strategy\.canary\.trafficRouting\.(istio|nginx|alb|smi|ambassador|appMesh|traefik|apisix)$/,
    /^Rollout\.spec\.strategy\.canary\.trafficRouting\.plugins$/,
    /^Rollout\.spec\.strategy\.canary\.steps\[\]\.plugin\.config$/,
    /^Rollout\.status\.(alb|albs|canary\.stepPluginStatuses)$/,
    /^Experiment\.spec\.templates\[\]\.template$/,
    /^(AnalysisTemplate|ClusterAnalysisTemplate|AnalysisRun)\.spec\.metrics\[\]\.provider$/,
  ];
  /** Whether a path, or one it begins with, is read as it is. */
  function isBelowRaw(path: string): boolean {
    const ends = [...[...path.matchAll(/\.|\[/g)].map(({ index }) => index), path.length];
    return ends.some((end) => raw.some((pattern) => pattern.test(path.slice(0, end)) || pattern.test(`${path.slice(0, end)}[]`)));
  }

  function parseWhole(kind: string, object: KubeObject): void {
    switch (kind) {
      case 'Rollout':
        parseRollout(object);
        break;
      case 'Experiment':
        parseExperiment(object);
        break;
      case 'AnalysisRun':
        parseMetrics(parseAnalysisRun(object).run.spec.metrics);
        break;
      default:
        parseMetrics(parseAnalysisTemplate(object).template.spec.metrics);
    }
  }

  function parseMetrics(metrics: readonly { readonly raw: JsonObject }[]): void {
    for (const metric of metrics) parseMetric(metric.raw, 'metrics[0]');
  }

  /** Makes an object that has every field of the schema but the omitted ones, and notes which are asked for. */
  class Sampler {
    constructor(
      private readonly seen: Set<string>,
      private readonly omitted: readonly string[],
    ) {}

    sample(schema: Schema, path: string): unknown {
      if (schema.type === 'array') return [this.sample(schema.items ?? {}, `${path}[]`)];
      if (schema.properties !== undefined) return this.watched(schema.properties, path);
      if (schema.additionalProperties !== undefined) return { key: this.sample(schema.additionalProperties, `${path}.*`) };
      return scalar(schema);
    }

    watched(properties: Readonly<Record<string, Schema>>, path: string): unknown {
      const names = Object.keys(properties).filter((name) => !this.omitted.includes(name));
      const fields = Object.fromEntries(names.map((name) => [name, this.sample(properties[name] ?? {}, `${path}.${name}`)]));
      return new Proxy(fields, {
        get: (target, key): unknown => {
          this.seen.add(`${path}.${String(key)}`);
          return Reflect.get(target, key);
        },
      });
    }
  }

  function scalar(schema: Schema): unknown {
    if (schema.enum !== undefined) return schema.enum[schema.enum.length - 1];
    if (schema.format === 'date-time') return '2026-01-01T00:00:00Z';
    if (schema.type === 'integer') return Math.max(1, schema.minimum ?? 0);
    if (schema.type === 'boolean') return true;
    return schema.type === 'object' ? {} : '1';
  }

  /** Of these alternatives one is read only without the others. */
  const omissions = [
    ['blueGreen'],
    ['blueGreen', 'exact', 'requiredDuringSchedulingIgnoredDuringExecution'],
    ['blueGreen', 'exact', 'prefix'],
    ['canary', 'requiredDuringSchedulingIgnoredDuringExecution'],
    ['canary'],
  ];

  it.each(Object.keys(crdSchemas))('every field of a %s is read, or is passed on as it is', (kind) => {
    const seen = new Set<string>();
    const schema = crdSchemas[kind] ?? {};
    for (const omitted of omissions) {
      const object = new Sampler(seen, omitted).sample(schema, kind);
      parseWhole(kind, { apiVersion: 'argoproj.io/v1alpha1', kind, metadata: metadataOf(kind), ...(object as JsonObject) });
    }
    const isLeaf = ({ path, schema: { properties } }: Place): boolean =>
      properties === undefined && !path.endsWith('[]') && !path.endsWith('.*');
    const leaves = places(schema, kind).filter(isLeaf);
    expect(leaves.map(({ path }) => path).filter((path) => !seen.has(path) && !isBelowRaw(path))).toEqual([]);
    expect(leaves.length).toBeGreaterThan(10);
  });
});

function metadataOf(name: string): KubeObject['metadata'] {
  return { name, uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
}
