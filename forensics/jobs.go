package forensics

import (
	"slices"
	"strings"

	"braid/job"
)

// Blocking returns the keys among changes that make step n of one job incomparable with step n of the
// other: jobs that differ in such a key draw other examples, or have tensors of other shapes or other
// initial values. a is one of the two jobs.
func Blocking(changes []job.Change, a *job.Job) []string {
	var keys []string
	for _, c := range changes {
		if decidesPlan(c.Key, a) {
			keys = append(keys, c.Key)
		}
	}
	return keys
}

func decidesPlan(key string, a *job.Job) bool {
	part := strings.Split(key, ".")
	last := part[len(part)-1]
	switch part[0] {
	case "seed", "data":
		return true
	case "tasks":
		return len(part) == 1 || slices.Contains([]string{"name", "kind", "data", "field", "pooling", "scheme",
			"probability", "layer", "group", "hidden", "layers", "bidirectional"}, last)
	case "encoder":
		return slices.Contains([]string{"dim", "min_count", "hidden", "layers", "bidirectional"}, last)
	case "training":
		switch last {
		case "steps", "epochs":
			return a.Training.Sampling.Kind == "annealed"
		}
		return len(part) > 2 && part[1] == "sampling" || slices.Contains([]string{"mode", "tasks_per_step", "batch",
			"shards"}, last)
	}
	return false
}
