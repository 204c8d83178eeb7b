package main

import (
	"slices"
	"strings"

	"braid/job"
)

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
