/**
 * What the controller may do in a cluster: one table for the cluster-wide and the namespaced variant of the manifests.
 *
 * @typedef {{ readonly apiGroups: string[], readonly resources: string[], readonly verbs: string[] }} Rule
 */

/** @type {(apiGroups: string[], resources: string[], verbs: string[]) => Rule} */
export const rule = (apiGroups, resources, verbs) => ({ apiGroups, resources, verbs });
/** Whoever may list may read each object: `get` beside it gives nothing away. */
export const read = ['get', 'list', 'watch'];

/**
 * Least privilege: a rule is here because code makes the call, and leaves with that code. `manifests.test.ts` plays updates and fails when a
 * call lacks its rule; so does every story on a real API server. Secrets are read by name, never listed.
 */
export const rules = [
  // controller/rollout
  rule(['argoproj.io'], ['rollouts'], [...read, 'patch']),
  rule(['argoproj.io'], ['rollouts/status'], ['patch']),
  rule(['argoproj.io'], ['analysisruns'], [...read, 'create', 'patch', 'delete']),
  rule(['argoproj.io'], ['experiments'], [...read, 'create', 'patch', 'delete']),
  rule(['argoproj.io'], ['analysistemplates', 'clusteranalysistemplates'], read),
  // Our owner references block the owner's deletion; some clusters let only those set them who may touch its finalizers.
  rule(['argoproj.io'], ['rollouts/finalizers', 'analysisruns/finalizers', 'experiments/finalizers'], ['update']),
  rule(['apps'], ['replicasets'], [...read, 'create', 'patch', 'delete']),
  // Experiments make a Service of their own for a template that wants one; the others are the user's and only patched.
  rule([''], ['services'], [...read, 'create', 'patch', 'delete']),
  // Labels by role, restarts, and what a failed Job has to say: there is no watch on all pods of a cluster.
  rule([''], ['pods'], ['get', 'list', 'patch']),
  rule([''], ['pods/eviction'], ['create']),
  // Whether pods can be reached before traffic is moved to them.
  rule(['discovery.k8s.io'], ['endpointslices'], ['get', 'list']),
  // controller/analysis and metric-providers/job
  rule([''], ['secrets'], ['get']),
  rule(['batch'], ['jobs'], [...read, 'create', 'delete']),
  rule([''], ['pods/log'], ['get']),
  // telemetry/events
  rule([''], ['events'], ['create', 'patch']),
];

/** By folder of traffic/: what each router makes or changes. Stable Ingresses, VirtualServices and the like stay the user's. */
export const routerRules = {
  istio: rule(['networking.istio.io'], ['virtualservices', 'destinationrules'], [...read, 'patch']),
  'gateway-api': rule(['gateway.networking.k8s.io'], ['httproutes', 'grpcroutes', 'tcproutes', 'tlsroutes'], [...read, 'patch']),
  nginx: rule(['networking.k8s.io'], ['ingresses'], [...read, 'create', 'patch', 'delete']),
  smi: rule(['split.smi-spec.io'], ['trafficsplits'], [...read, 'create', 'patch', 'delete']),
};

/** runtime/leader-election; the list looks for the lease of an Argo Rollouts controller that is still alive. */
export const leaseRule = rule(['coordination.k8s.io'], ['leases'], ['create', 'get', 'list', 'update']);
