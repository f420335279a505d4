package main

import (
	"math/rand"
	"reflect"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// A field is present with this probability.
const density = 0.1

var quantities = []any{"100m", "0.15", "0.125", "2000m", "1", 1, 0.5, "1.5Gi", "1024Mi", "8192M", "1e3", "12E3", "1.5e1", "0", "0.5Ki", "1000Ki", "3.3333333333", "-1", "100000k", "1e-3", "4u"}

var anyText = []string{"", "a", "app", "x<y>&z", "é日本\u2028", "\"q\"\\\n", "😀", "/path"}

const digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

var texts = map[string][]string{
	"image":                    {"nginx", "nginx:1.25", "nginx:latest", "reg.io:5000/a/b", "reg.io:5000/a/b:v1", "a" + digest, "a:latest" + digest, "UPPER/x"},
	"imagePullPolicy":          {"Always", "IfNotPresent", ""},
	"protocol":                 {"TCP", "UDP", ""},
	"restartPolicy":            {"Always", ""},
	"dnsPolicy":                {"ClusterFirst", "Default", ""},
	"terminationMessagePolicy": {"File", "FallbackToLogsOnError", ""},
	"scheme":                   {"HTTP", "HTTPS", ""},
	"schedulerName":            {"default-scheduler", "x", ""},
	"serviceAccountName":       {"sa", ""},
	"apiVersion":               {"v1", "v2", ""},
}

var exclusive = map[string]bool{"VolumeSource": true, "ProbeHandler": true, "LifecycleHandler": true, "EnvVarSource": true}

func pick[T any](random *rand.Rand, from []T) T { return from[random.Intn(len(from))] }

func randomTemplate(random *rand.Rand) map[string]any {
	template := map[string]any{}
	fill(random, template, reflect.TypeOf(corev1.PodTemplateSpec{}), density)
	spec, ok := template["spec"].(map[string]any)
	if !ok {
		spec = map[string]any{}
		fill(random, spec, reflect.TypeOf(corev1.PodSpec{}), density)
		template["spec"] = spec
	}
	if spec["containers"] == nil {
		spec["containers"] = []any{randomOf(random, reflect.TypeOf(corev1.Container{}), "")}
	}
	// Mirroring the deprecated name is conversion, not defaulting, and ours to do.
	delete(spec, "serviceAccount")
	return template
}

func fill(random *rand.Rand, object map[string]any, t reflect.Type, probability float64) {
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		name := strings.Split(field.Tag.Get("json"), ",")[0]
		if field.Anonymous && name == "" {
			fillEmbedded(random, object, field.Type, probability)
			continue
		}
		if name == "creationTimestamp" || (name != "image" && random.Float64() > probability) {
			continue
		}
		object[name] = randomOf(random, field.Type, name)
	}
}

func fillEmbedded(random *rand.Rand, object map[string]any, t reflect.Type, probability float64) {
	if !exclusive[t.Name()] {
		fill(random, object, t, probability)
		return
	}
	members := map[string]any{}
	fill(random, members, t, 0.4)
	for name, value := range onlyOne(random, members) {
		object[name] = value
	}
}

func onlyOne(random *rand.Rand, members map[string]any) map[string]any {
	names := []string{}
	for name := range members {
		names = append(names, name)
	}
	if len(names) == 0 {
		return members
	}
	sort.Strings(names)
	name := pick(random, names)
	return map[string]any{name: members[name]}
}

func randomOf(random *rand.Rand, t reflect.Type, name string) any {
	if random.Intn(25) == 0 {
		return nil
	}
	switch t.String() {
	case "resource.Quantity":
		return pick(random, quantities)
	case "intstr.IntOrString":
		return pick(random, []any{80, 0, "http", "10%"})
	case "v1.Time":
		return pick(random, []string{"2020-01-01T00:00:00Z", "2020-01-01T02:00:00+02:00"})
	case "v1.FieldsV1":
		return map[string]any{"f:a": map[string]any{"b": 1}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return randomOf(random, t.Elem(), name)
	case reflect.Slice:
		items := []any{}
		for i := random.Intn(3); i > 0; i-- {
			items = append(items, randomOf(random, t.Elem(), ""))
		}
		return items
	case reflect.Map:
		entries := map[string]any{}
		for i := random.Intn(3); i > 0; i-- {
			entries[pick(random, []string{"b", "a", "cpu", "memory", "\uffee", "😀", "a<b", "B"})] = randomOf(random, t.Elem(), "")
		}
		return entries
	case reflect.Struct:
		object := map[string]any{}
		fill(random, object, t, density*2)
		if exclusive[t.Name()] {
			object = onlyOne(random, object)
		}
		if random.Intn(15) == 0 {
			object["fieldOfTheFuture"] = map[string]any{"x": 1}
		}
		return object
	case reflect.String:
		if known, ok := texts[name]; ok {
			return pick(random, known)
		}
		return pick(random, anyText)
	case reflect.Bool:
		return random.Intn(2) == 0
	default:
		return pick(random, []int{0, 1, 30, 8080})
	}
}

// Changes one place, often to something Go cannot tell from what was there.
func mutate(random *rand.Rand, value any) {
	object, ok := value.(map[string]any)
	if !ok || len(object) == 0 {
		return
	}
	names := []string{}
	for name := range object {
		names = append(names, name)
	}
	sort.Strings(names)
	name := pick(random, names)
	if inner, ok := object[name].(map[string]any); ok && len(inner) > 0 && random.Intn(4) > 0 {
		mutate(random, inner)
		return
	}
	if items, ok := object[name].([]any); ok && len(items) > 0 && random.Intn(4) > 0 {
		mutate(random, pick(random, items))
		return
	}
	object[name] = mutated(random, object[name])
}

func mutated(random *rand.Rand, value any) any {
	switch known := value.(type) {
	case string:
		return pick(random, []string{"", known, known + "1"})
	case bool:
		return !known
	case int:
		return pick(random, []int{0, known + 1})
	case float64:
		return known + 1
	}
	return nil
}
