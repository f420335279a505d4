// Prints test vectors of src/core/rollout/hash: pod templates drawn at random from Go's own types, what Go's encoder and the hash of
// Argo Rollouts make of them, what Kubernetes' defaulting adds, and whether Go takes two of them for equal. See README.md.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	saferand "k8s.io/apimachinery/pkg/util/rand"
	defaults "k8s.io/kubernetes/pkg/apis/core/v1"
	caseSensitive "sigs.k8s.io/json"
)

const header = `// Made by tools/pod-template-vectors with Kubernetes' Go libraries; do not edit.

/** A pod template as JSON text, its hash, and the template after Kubernetes' defaulting. */
export interface TemplateVector {
  readonly template: string;
  readonly collisionCount?: number;
  readonly hash: string;
  readonly defaulted: string;
}

/** Two pod templates as JSON text, and whether they are equal once defaulted. */
export interface PairVector {
  readonly left: string;
  readonly right: string;
  readonly equal: boolean;
}

`

const templates, pairs = 45, 70

func main() {
	random := rand.New(rand.NewSource(1))
	fmt.Print(header, "export const templateVectors: readonly TemplateVector[] = [\n")
	for i := 0; i < templates; i++ {
		fmt.Printf("%s,\n", text(vectorOf(random)))
	}
	fmt.Print("];\n\nexport const pairVectors: readonly PairVector[] = [\n")
	for i := 0; i < pairs; i++ {
		fmt.Printf("%s,\n", text(pairOf(random)))
	}
	fmt.Print("];\n")
}

type vector struct {
	Template  string  `json:"template"`
	Collision *uint32 `json:"collisionCount,omitempty"`
	Hash      string  `json:"hash"`
	Defaulted string  `json:"defaulted"`
}

func vectorOf(random *rand.Rand) vector {
	raw := text(randomTemplate(random))
	v := vector{Template: raw}
	hash := fnv.New32a()
	hash.Write([]byte(text(decode(text(withCRDDefaults(raw))))))
	if random.Intn(3) == 0 {
		count := []uint32{0, 1, 300}[random.Intn(3)]
		v.Collision = &count
		hash.Write(binary.LittleEndian.AppendUint32(nil, count))
		hash.Write(make([]byte, 4))
	}
	v.Hash = saferand.SafeEncodeString(fmt.Sprint(hash.Sum32()))
	v.Defaulted = text(defaulted(raw))
	return v
}

// What the CRD of Argo Rollouts from 1.9 on adds before its controller sees the template.
func withCRDDefaults(raw string) map[string]any {
	var template map[string]any
	if err := json.Unmarshal([]byte(raw), &template); err != nil {
		panic(err)
	}
	spec, _ := template["spec"].(map[string]any)
	for _, list := range []string{"initContainers", "containers", "ephemeralContainers"} {
		for _, container := range objects(spec[list]) {
			for _, port := range objects(container["ports"]) {
				set(port, "protocol", "TCP")
			}
			for _, probe := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
				set(member(container[probe], "grpc"), "service", "")
			}
			for _, variable := range objects(container["env"]) {
				set(member(variable["valueFrom"], "fileKeyRef"), "optional", false)
			}
		}
	}
	return template
}

func objects(list any) []map[string]any {
	found := []map[string]any{}
	items, _ := list.([]any)
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			found = append(found, object)
		}
	}
	return found
}

func member(value any, name string) map[string]any {
	object, _ := value.(map[string]any)
	inner, _ := object[name].(map[string]any)
	return inner
}

func set(object map[string]any, name string, value any) {
	if object != nil && object[name] == nil {
		object[name] = value
	}
}

type pair struct {
	Left  string `json:"left"`
	Right string `json:"right"`
	Equal bool   `json:"equal"`
}

func pairOf(random *rand.Rand) pair {
	template := randomTemplate(random)
	left := text(template)
	mutate(random, template)
	right := text(template)
	if !readable(right) {
		return pairOf(random)
	}
	return pair{left, right, equality.Semantic.DeepEqual(defaulted(left), defaulted(right))}
}

// A mutation may leave something that is no time or quantity any more.
func readable(raw string) bool {
	var template corev1.PodTemplateSpec
	return caseSensitive.UnmarshalCaseSensitivePreserveInts([]byte(raw), &template) == nil
}

func decode(raw string) corev1.PodTemplateSpec {
	var template corev1.PodTemplateSpec
	if err := caseSensitive.UnmarshalCaseSensitivePreserveInts([]byte(raw), &template); err != nil {
		panic(err)
	}
	return template
}

func defaulted(raw string) corev1.PodTemplateSpec {
	object := corev1.PodTemplate{Template: decode(raw)}
	defaults.SetObjectDefaults_PodTemplate(&object)
	object.Template.Spec.DeprecatedServiceAccount = ""
	return object.Template
}

func text(value any) string {
	bytes, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(bytes)
}
