package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"braid/job"

	"github.com/goccy/go-yaml"
)

// keyChange is a key whose value two jobs do not share; "" where a job has no such key.
type keyChange struct{ key, a, b string }

// jobChanges lists the keys that decide the result and differ; where files lie and how a
// cluster runs the job is no part of it, as in the job's hash.
func jobChanges(a, b *job.Job) ([]keyChange, error) {
	x, err := flatten(a)
	if err != nil {
		return nil, err
	}
	y, err := flatten(b)
	if err != nil {
		return nil, err
	}
	keys := map[string]bool{}
	for key := range x {
		keys[key] = true
	}
	for key := range y {
		keys[key] = true
	}
	var changes []keyChange
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if x[key] != y[key] && !isPlace(key) {
			changes = append(changes, keyChange{key, x[key], y[key]})
		}
	}
	return changes, nil
}

// isPlace says that a key is no part of a job's hash.
func isPlace(key string) bool {
	return strings.HasPrefix(key, "cluster.") || trainFile(key) || strings.HasPrefix(key, "data.") && (strings.HasSuffix(key, ".dev") || strings.HasSuffix(key, ".test"))
}

func trainFile(key string) bool {
	return strings.HasPrefix(key, "data.") && strings.HasSuffix(key, ".train")
}

// flatten gives a job's values by key, as --set names them: tasks.topic.weight.
func flatten(j *job.Job) (map[string]string, error) {
	var tree map[string]any
	if err := yaml.Unmarshal(j.YAML(), &tree); err != nil {
		return nil, err
	}
	flat := map[string]string{}
	walk(flat, "", tree)
	return flat, nil
}

func walk(flat map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if path != "" {
				key = path + "." + key
			}
			walk(flat, key, value)
		}
	case []any:
		var names []string
		for i, value := range v {
			name := fmt.Sprint(i)
			if m, ok := value.(map[string]any); ok && m["name"] != nil {
				name = fmt.Sprint(m["name"])
			}
			names = append(names, name)
			walk(flat, path+"."+name, value)
		}
		flat[path] = strings.Join(names, ", ") // the order is part of the job
	default:
		flat[path] = fmt.Sprint(v)
	}
}

// decidesPlan says that jobs which differ in a key draw other examples, or have tensors of
// other shapes or other first values: step n of one is not step n of the other.
func decidesPlan(key string, a *job.Job) bool {
	part := strings.Split(key, ".")
	last := part[len(part)-1]
	switch part[0] {
	case "seed", "data":
		return true
	case "tasks":
		return len(part) == 1 || slices.Contains([]string{"name", "kind", "data", "field", "pooling", "scheme", "probability"}, last)
	case "encoder":
		return slices.Contains([]string{"dim", "min_count", "hidden", "layers", "bidirectional"}, last)
	case "training":
		switch last {
		case "steps", "epochs":
			return a.Training.Sampling.Kind == "annealed"
		}
		return len(part) > 2 && part[1] == "sampling" || slices.Contains([]string{"mode", "tasks_per_step", "batch", "shards"}, last)
	}
	return false
}
