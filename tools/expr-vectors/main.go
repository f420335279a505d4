// Records what expr-lang answers to the expressions of sources.txt in the environment Argo Rollouts gives to conditions.
// The answers are the test vectors of src/core/expression. See README.md.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
)

// Status and Record have the shape of a CloudWatch result.
type Status string
type Record struct {
	Id         *string
	Label      *string
	StatusCode Status
	Values     []float64
}

type vector struct {
	Result string `json:"result"`
	Source string `json:"source"`
	Type   string `json:"type,omitempty"`
	Value  string `json:"value,omitempty"`
	Error  string `json:"error,omitempty"`
}

const header = `// Recorded from expr-lang 1.17.8 by tools/expr-vectors.

/** What the library made of an expression: a value with its Go type, or an error. */
export interface Vector {
  readonly result: string;
  readonly source: string;
  readonly type?: string;
  readonly value?: string;
  readonly error?: string;
}

export const vectors: readonly Vector[] = `

func main() {
	lines := bufio.NewScanner(os.Stdin)
	var texts []string
	for lines.Scan() {
		result, source, found := strings.Cut(lines.Text(), " ||| ")
		if !found || strings.HasPrefix(result, "#") {
			continue
		}
		text, err := marshal(answer(result, source))
		if err != nil {
			panic(err)
		}
		texts = append(texts, text)
	}
	fmt.Printf("%s[\n%s,\n];\n", header, strings.Join(texts, ",\n"))
}

func marshal(v vector) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return strings.TrimSpace(text.String()), err
}

func answer(result, source string) vector {
	v := vector{Result: result, Source: source}
	env := environment(value(result))
	program, err := expr.Compile(source, expr.Env(env))
	if err != nil {
		v.Error = message(err)
		return v
	}
	out, err := expr.Run(program, env)
	if err != nil {
		v.Error = message(err)
		return v
	}
	v.Type, v.Value = fmt.Sprintf("%T", out), fmt.Sprintf("%v", out)
	return v
}

func message(err error) string {
	var positioned *file.Error
	if errors.As(err, &positioned) {
		return strings.TrimRight(positioned.Message, " ")
	}
	return err.Error()
}

func value(spec string) any {
	var v any
	switch {
	case spec == "nil":
		return nil
	case spec[0] == 'S':
		return spec[1:]
	case spec[0] == 'B':
		return spec[1:] == "true"
	case spec[0] == 'I' && spec != "Inf":
		n, _ := strconv.Atoi(spec[1:])
		return n
	case spec[0] == 'F':
		return floats(spec[1:])
	case spec[0] == 'J':
		must(json.Unmarshal([]byte(spec[1:]), &v))
		return v
	case spec[0] == 'C':
		var records []Record
		must(json.Unmarshal([]byte(spec[1:]), &records))
		return records
	}
	return number(spec)
}

func floats(spec string) []float64 {
	values := []float64{}
	for _, text := range strings.Split(spec, ",") {
		if text != "" {
			values = append(values, number(text))
		}
	}
	return values
}

func number(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	must(err)
	return n
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func environment(result any) map[string]any {
	return map[string]any{
		"result":  result,
		"isNaN":   math.IsNaN,
		"isInf":   func(f float64) bool { return math.IsInf(f, 0) },
		"asInt":   asInt,
		"asFloat": asFloat,
		"isNil":   func(any) bool { return result == nil },
		"default": func(_, fallback any) any {
			if result == nil {
				return fallback
			}
			return result
		},
	}
}

func asInt(in any) int64 {
	if text, ok := in.(string); ok {
		n, err := strconv.ParseInt(text, 10, 64)
		must(err)
		return n
	}
	switch n := in.(type) {
	case float64:
		return int64(n)
	case int:
		return int64(n)
	case int64:
		return n
	}
	panic(fmt.Sprintf("asInt() not supported on %v %v", reflect.TypeOf(in), in))
}

func asFloat(in any) float64 {
	if text, ok := in.(string); ok {
		n, err := strconv.ParseFloat(text, 64)
		must(err)
		return n
	}
	switch n := in.(type) {
	case float64:
		return n
	case int:
		return float64(n)
	case int64:
		return float64(n)
	}
	panic(fmt.Sprintf("asFloat() not supported on %v %v", reflect.TypeOf(in), in))
}
