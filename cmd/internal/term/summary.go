package term

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"braid/internal/plain"
	"braid/job"
	"braid/run"
)

// Summary prints the scores of a finished run as a table, with tasks in the given order, and warns of tasks
// that were never trained and of steps that were skipped.
func Summary(w io.Writer, s *run.Summary, tasks []string) {
	rows := [][]string{{"task", "metric", "dev", "test", "baseline"}}
	for _, name := range tasks {
		t := s.Tasks[name]
		label := name
		metrics := t.Dev
		if len(metrics) == 0 {
			metrics = t.Test
		}
		for _, metric := range MetricNames(metrics, t.Metric) {
			rows = append(rows, []string{label, MetricLabel(metric), cell(t.Dev, metric), cell(t.Test, metric),
				cell(t.Baseline, metric)})
			label = ""
		}
	}
	for _, name := range sortedNames(s.Data) {
		d := s.Data[name]
		rows = append(rows, []string{name, "joint_accuracy", cell(d.Dev, "joint_accuracy"), cell(d.Test, "joint_accuracy"),
			""})
	}
	Table(w, []bool{false, false, true, true, true}, rows)
	before(w, s, tasks)
	for _, name := range s.NeverTrained {
		plain.Fprintf(w, "task %s was never trained: no step up to this model's drew it, so its scores are chance; "+
			"braid check prints the number of steps of each task\n", name)
	}
	if s.SkippedSteps > 0 {
		plain.Fprintf(w, "%s of %s steps were skipped because their loss or gradient was not finite\n",
			Count(s.SkippedSteps), Count(s.Steps))
	}
}

// before prints what the initial model scored at its tasks, and how the scores have changed.
func before(w io.Writer, s *run.Summary, tasks []string) {
	rows := [][]string{{"task of the initial model", "metric", "split", "before", "now", "change"}}
	for _, name := range tasks {
		t := s.Tasks[name]
		if t.Before == nil {
			continue
		}
		for _, split := range []struct {
			name        string
			before, now map[string]float64
		}{{"dev", t.Before.Dev, t.Dev}, {"test", t.Before.Test, t.Test}} {
			was, had := split.before[t.Metric]
			now, has := split.now[t.Metric]
			if had && has {
				rows = append(rows, []string{name, MetricLabel(t.Metric), split.name, Figure(was), Figure(now),
					fmt.Sprintf("%+.4f", now-was)})
			}
		}
	}
	if len(rows) > 1 {
		plain.Fprintln(w)
		Table(w, []bool{false, false, false, true, true, true}, rows)
	}
}

// MetricLabel returns the displayed name of a metric: with a down arrow if lower is better.
func MetricLabel(metric string) string {
	if job.DirectionOf(metric) == job.LowerIsBetter {
		return metric + "↓"
	}
	return metric
}

// MetricNames returns the names of metrics: the main one first, the others sorted.
func MetricNames(metrics map[string]float64, main string) []string {
	names := sortedNames(metrics)
	slices.SortStableFunc(names, func(a, b string) int {
		switch main {
		case a:
			return -1
		case b:
			return 1
		}
		return 0
	})
	return names
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func cell(metrics map[string]float64, name string) string {
	v, ok := metrics[name]
	if !ok {
		return ""
	}
	return Figure(v)
}
