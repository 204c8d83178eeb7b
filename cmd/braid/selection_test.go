package main

import (
	"encoding/json"
	"math"
	"path/filepath"

	"braid/run"

	"github.com/rogpeppe/go-internal/testscript"
)

// lowest checks that the score on dev of the saved model is the lowest of all evaluations: lowest METRICS
// TASK METRIC SUMMARY.
func lowest(ts *testscript.TestScript, _ bool, args []string) {
	lines, err := run.ReadMetrics(filepath.Dir(ts.MkAbs(args[0])))
	ts.Check(err)
	least, first := math.Inf(1), math.NaN()
	for _, m := range lines {
		if m.Kind == "evaluation" {
			v := m.Scores[args[1]][args[2]]
			if least = min(least, v); math.IsNaN(first) {
				first = v
			}
		}
	}
	var s run.Summary
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[3])), &s))
	if kept := s.Tasks[args[1]].Dev[args[2]]; kept != least || least >= first {
		ts.Fatalf("the model that was kept has %s %v on dev, the first evaluation %v, the lowest %v", args[2], kept, first,
			least)
	}
}
