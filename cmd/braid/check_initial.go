package main

import (
	"braid/cmd/internal/term"
	"braid/internal/plain"
	"braid/job"
	"braid/train"
)

// printInitial prints the parts that a job takes over from its initial model, and the scores of that model.
func printInitial(s streams, setup *train.Setup) {
	parts := setup.Arch.Inheritance()
	if parts == nil {
		return
	}
	plain.Fprintf(s.out, "\ninitial model: %s, %.12s\n", setup.Job.InitDir(), setup.Job.Init.Model)
	count := func(n int) string { return term.Count(uint64(n)) }
	rows := [][]string{{"part", "unit", "taken over", "new", "dropped", ""}}
	for _, p := range parts {
		remark := ""
		if p.Frozen {
			remark = "frozen"
		}
		rows = append(rows, []string{p.Name, p.Unit, count(p.Taken), count(p.New), count(p.Dropped), remark})
	}
	term.Table(s.out, []bool{false, false, true, true, true, false}, rows)
	rows = [][]string{{"task", "metric", "initial model dev", "test"}}
	for t, task := range setup.Job.Tasks {
		role := "new"
		if setup.Job.IsOld(t) {
			role = term.MetricLabel(task.Metric)
		}
		rows = append(rows, []string{task.Name, role, figure(setup.Before[job.Dev][task.Name], task.Metric),
			figure(setup.Before[job.Test][task.Name], task.Metric)})
	}
	plain.Fprintln(s.out)
	term.Table(s.out, []bool{false, false, true, true}, rows)
}
