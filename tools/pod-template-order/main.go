// Prints, as JSON, how Go serialises a pod template: for each struct type reachable from PodTemplateSpec its fields in Go's order, and
// for each field what decides whether it appears. The pod template hash is made over exactly that serialisation.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// One field: name, kind, and `o` when empty values are left out. Kinds: struct NAME, list KIND, map KIND, quantity, intOrString, time,
// bytes, and Go's own string, bool, int, float. A pointer is marked by a leading `*`: it is left out when absent, not when zero.
type field [3]string

var types = map[string][]field{}

func kindOf(t reflect.Type) string {
	switch t.String() {
	case "resource.Quantity":
		return "quantity"
	case "intstr.IntOrString":
		return "intOrString"
	case "v1.Time":
		return "time"
	case "[]uint8":
		return "bytes"
	case "v1.FieldsV1":
		return "raw"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + kindOf(t.Elem())
	case reflect.Slice:
		return "list " + kindOf(t.Elem())
	case reflect.Map:
		return "map " + kindOf(t.Elem())
	case reflect.Struct:
		visit(t)
		return "struct " + t.Name()
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Int32, reflect.Int64, reflect.Int:
		return "int"
	case reflect.Float64:
		return "float"
	}
	panic("no serialisation known for " + t.String())
}

func visit(t reflect.Type) {
	if _, known := types[t.Name()]; known {
		return
	}
	types[t.Name()] = nil
	types[t.Name()] = fieldsOf(t)
}

func fieldsOf(t reflect.Type) []field {
	fields := []field{}
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		parts := strings.Split(f.Tag.Get("json"), ",")
		options := strings.Join(parts[1:], ",")
		if parts[0] == "-" {
			continue
		}
		if f.Anonymous && (parts[0] == "" || strings.Contains(options, "inline")) {
			fields = append(fields, fieldsOf(f.Type)...)
			continue
		}
		omit := ""
		if strings.Contains(options, "omitempty") {
			omit = "o"
		}
		if strings.Contains(options, "omitzero") {
			omit += "z"
		}
		fields = append(fields, field{parts[0], kindOf(f.Type), omit})
	}
	return fields
}

func main() {
	visit(reflect.TypeOf(corev1.PodTemplateSpec{}))
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(types); err != nil {
		panic(err)
	}
}
