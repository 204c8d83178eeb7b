package job

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Change is a key that decides the result and has different values in two jobs.
type Change struct {
	Key  string // in the form of --set: tasks.topic.weight
	A, B string // values; empty if a job does not have the key
}

func (c Change) String() string {
	show := func(v string) string {
		if v == "" {
			return "missing"
		}
		return v
	}
	return fmt.Sprintf("%s is %s, and %s", c.Key, show(c.A), show(c.B))
}

// Changes lists the keys that decide the result and differ, sorted. It leaves out the keys
// that Hash leaves out.
func Changes(a, b *Job) []Change {
	x, y := flatten(a), flatten(b)
	keys := sortedKeys(x)
	for key := range y {
		if _, both := x[key]; !both {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	var changes []Change
	for _, key := range keys {
		if x[key] != y[key] {
			changes = append(changes, Change{key, x[key], y[key]})
		}
	}
	return changes
}

// flatten returns a job's hashed values by key.
func flatten(j *Job) map[string]string {
	flat := map[string]string{}
	flattenStruct(flat, "", reflect.ValueOf(*j))
	return flat
}

func flattenStruct(flat map[string]string, path string, v reflect.Value) {
	for i, key := range keysOf(v.Type()) {
		if key != "" && v.Type().Field(i).Tag.Get("hash") != "-" {
			flattenValue(flat, join(path, key), v.Field(i))
		}
	}
}

func flattenValue(flat map[string]string, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		flattenStruct(flat, path, v)
	case reflect.Map:
		weights := v.Interface().(map[string]float64)
		for _, name := range sortedKeys(weights) {
			flat[join(path, name)] = number(weights[name])
		}
	case reflect.Slice:
		var names []string // the order is part of the job
		for i := range v.Len() {
			if e := v.Index(i); e.Kind() == reflect.Struct {
				name := e.FieldByName("Name").String()
				names = append(names, name)
				flattenStruct(flat, join(path, name), e)
			} else {
				names = append(names, scalarText(e))
			}
		}
		if len(names) > 0 {
			flat[path] = strings.Join(names, ", ")
		}
	default:
		if text := scalarText(v); text != `""` {
			flat[path] = text
		}
	}
}
