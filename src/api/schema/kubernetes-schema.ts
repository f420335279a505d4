/** A definition of Kubernetes' OpenAPI document, as far as it is kept; `ref` names another one. */
export interface KubernetesSchema {
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly ref?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, KubernetesSchema>>;
  readonly additionalProperties?: KubernetesSchema;
  readonly items?: KubernetesSchema;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
}
