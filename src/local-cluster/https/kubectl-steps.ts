/** One command, and what must come of it. */
export interface Step {
  readonly args: readonly string[];
  /** Default 0. */
  readonly code?: number;
  /** Found in stdout or stderr. */
  readonly says: readonly RegExp[];
  readonly saysNot?: readonly RegExp[];
  readonly env?: Readonly<Record<string, string>>;
}

export const manifests: Readonly<Record<string, string>> = {
  'app.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: main, image: "nginx:1.19", ports: [{containerPort: 80, name: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: demo}
spec:
  replicas: 2
  selector: {matchLabels: {app: demo}}
  strategy: {canary: {steps: [{setWeight: 10}, {pause: {}}]}}
  template:
    metadata: {labels: {app: demo}}
    spec: {containers: [{name: main, image: "demo:1"}]}
`,
  'typo.yaml': `
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: typo}
spec:
  replcas: 2
  selector: {matchLabels: {app: demo}}
  strategy: {canary: {}}
  template: {metadata: {labels: {app: demo}}, spec: {containers: [{name: main, image: "demo:1"}]}}
`,
};

function step(command: string, ...says: readonly RegExp[]): Step {
  return { args: words(command), says };
}

function refused(command: string, ...says: readonly RegExp[]): Step {
  return { args: words(command), code: 1, says };
}

/** Splits at spaces, but not inside single quotes, as a shell does. */
function words(command: string): readonly string[] {
  return (command.match(/(?:'[^']*'|\S)+/g) ?? []).map((word) => word.replaceAll("'", ''));
}

/** In this order; later ones build on earlier ones. */
export const steps: readonly Step[] = [
  step('version', /Server Version: v1\.35/),
  step('api-resources', /rollouts +ro +argoproj\.io\/v1alpha1 +true +Rollout/),
  step('apply -f app.yaml', /deployment\.apps\/web created/, /rollout\.argoproj\.io\/demo created/),
  step('apply -f app.yaml', /deployment\.apps\/web unchanged/, /rollout\.argoproj\.io\/demo unchanged/),
  step('rollout status deploy/web --timeout=20s', /successfully rolled out/),
  step('get deploy web', /NAME +READY +UP-TO-DATE +AVAILABLE +AGE/, /web +2\/2 +2 +2/),
  step('get pods -o wide', /Running +0 .*10\.244\.\d+\.\d+ +local-node/),
  step('get ro', /NAME +DESIRED +CURRENT +UP-TO-DATE +AVAILABLE/),
  step('get all', /pod\/web-/, /service\/web/, /deployment\.apps\/web/, /replicaset\.apps\/web-/),
  step('get pods -l app=web -o name', /pod\/web-/),
  step("get ro demo -o jsonpath='{.spec.replicas}'", /2/),
  step('get rs --show-labels', /pod-template-hash=/),
  step('get pods --sort-by=.metadata.name', /web-/),
  step('describe ro demo', /Set Weight: +10/),
  step('describe deploy web', /MinimumReplicasAvailable/, /ScalingReplicaSet/),
  step('describe svc web', /Endpoints: +10\.244\.\d+\.\d+:80/),
  step('set image deploy/web main=nginx:1.20', /image updated/),
  step('rollout status deploy/web --timeout=20s', /successfully rolled out/),
  step('rollout history deploy/web', /\n2 +<none>/),
  step('rollout undo deploy/web', /rolled back/),
  step('rollout restart deploy/web', /restarted/),
  step('diff -f app.yaml'),
  step('scale deploy/web --replicas=3', /scaled/),
  step('scale ro/demo --replicas=4', /scaled/),
  { ...refused('patch ro demo -p \'{"spec":{"replicas":5}}\'', /is not supported by argoproj\.io\/v1alpha1, Kind=Rollout/) },
  step('patch ro demo --type=merge -p \'{"spec":{"replicas":5}}\'', /patched\n/),
  step('patch ro demo --type=merge -p \'{"spec":{"replicas":5}}\'', /patched \(no change\)/),
  step('patch ro demo --type=json -p \'[{"op":"replace","path":"/spec/replicas","value":3}]\'', /patched/),
  refused('patch ro demo --type=merge -p \'{"spec":{"replicas":"x"}}\'', /The Rollout "demo" is invalid/, /must be of type integer/),
  refused('create -f typo.yaml', /strict decoding error: unknown field "spec\.replcas"/),
  step('create -f typo.yaml --validate=warn', /Warning: unknown field "spec\.replcas"/, /created/),
  refused('create -f app.yaml', /AlreadyExists/),
  step('label ro demo a=b', /labeled/),
  step('annotate ro demo a=b', /annotated/),
  step('explain ro.spec.strategy.canary.steps', /setWeight/),
  step('explain deploy.spec.replicas', /FIELD: replicas <integer>/),
  step('wait --for=condition=Available deploy/web --timeout=10s', /condition met/),
  step("wait --for=jsonpath='{.spec.replicas}'=3 ro/demo --timeout=10s", /condition met/),
  step('create ns other', /created/),
  step('create cm c --from-literal=a=b', /created/),
  step('create secret generic s --from-literal=a=b', /created/),
  step('create sa account', /created/),
  step('create deployment made --image=nginx', /created/),
  step('create service clusterip made --tcp=80:80', /created/),
  step("create job hello --image=busybox -- sh -c 'echo hello; exit 0'", /created/),
  step('create token account', /system:serviceaccount:default:account/),
  step('create cm dry --from-literal=a=b --dry-run=server -o yaml', /uid:/),
  refused('get cm dry', /NotFound/),
  step('wait --for=condition=Complete job/hello --timeout=20s', /condition met/),
  step('logs job/hello', /hello/),
  step('auth can-i get pods', /yes/),
  step('get events', /LAST SEEN +TYPE +REASON +OBJECT +MESSAGE/, /SuccessfulCreate/),
  step('events --for deploy/web', /ScalingReplicaSet/),
  step('run single --image=nginx', /created/),
  step('expose pod single --port=80', /exposed/),
  step('wait --for=condition=Ready pod/single --timeout=10s', /condition met/),
  step('logs single --tail=1', /nginx/),
  step('delete pod single --grace-period=1', /deleted/),
  step('get pods -w --watch-only --request-timeout=1s'),
  { ...step('get cm -w --request-timeout=2s', /c +1/), env: { KUBE_FEATURE_WatchListClient: 'true' } },
  refused('apply --server-side -f app.yaml', /Apply failed with \d+ conflict/, /\.spec\.replicas/),
  step('apply --server-side --force-conflicts -f app.yaml', /serverside-applied/),
  step('get ro demo -o yaml --show-managed-fields', /manager: kubectl/, /operation: Apply/),
  step('replace -f app.yaml', /replaced/),
  step('delete deploy made --cascade=foreground', /deleted/),
  step('delete ns other', /deleted/),
  refused('top pods', /Metrics API not available/),
  step('delete -f app.yaml', /rollout\.argoproj\.io "demo" deleted/),
  refused('get ro demo', /Error from server \(NotFound\): rollouts\.argoproj\.io "demo" not found/),
];
