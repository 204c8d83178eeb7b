package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"braid/cmd/internal/term"
	"braid/data"
	"braid/internal/plain"
	"braid/job"
	"braid/train"
)

type checkCommand struct {
	Job string   `arg:"" help:"${job}" placeholder:"JOB.yaml"`
	Set []string `help:"${set}" placeholder:"KEY=VALUE" sep:"none"`
}

// Run checks a job and its data.
func (c checkCommand) Run(ctx context.Context, s streams) error {
	j, err := job.Load(c.Job, c.Set...)
	if err != nil {
		return err
	}
	screen := term.NewScreen(s.out, taskNames(j))
	setup, err := train.Open(ctx, j, screen.Status)
	screen.Wipe()
	if err != nil {
		return err
	}
	p := setup.Data
	plain.Fprintf(s.out, "%s: %s, %s in the vocabulary, hash %.12s\n\n", j.Name,
		term.Counted(setup.Plan.Steps(), "step"), term.Counted(uint64(p.Vocab.Len()), "word"), j.Hash())
	counts := data.Counts(j, p)
	printCounts(s, counts)
	printVectors(s, j, setup.Raw, p)
	printTasks(s, setup, counts)
	printParts(s, setup)
	printInitial(s, setup)
	for i, line := range setup.Starved() {
		if i == 0 {
			plain.Fprintln(s.out)
		}
		plain.Fprintln(s.out, line)
	}
	found, cuts := data.Audit(j, setup.Raw, p), cutLines(j, data.Cuts(j, setup.Raw))
	if len(cuts) > 0 {
		plain.Fprintf(s.out, "\n")
	}
	for _, line := range cuts {
		plain.Fprintln(s.out, line)
	}
	if len(found)+len(cuts) == 0 {
		plain.Fprintf(s.out, "\nno findings\n")
	}
	if len(found) > 0 {
		plain.Fprintf(s.out, "\n%s\n", findings(len(found)))
	}
	for _, f := range found {
		plain.Fprintln(s.out, f)
	}
	return printRecipe(s, setup, c.Set)
}

func findings(n int) string {
	if n == 1 {
		return "1 finding"
	}
	return fmt.Sprintf("%d findings", n)
}

func printCounts(s streams, counts []data.Count) {
	rows := [][]string{{"data", "split", "examples", "words", "unknown"}}
	for _, c := range counts {
		rows = append(rows, []string{c.Set, string(c.Split), term.Count(uint64(c.Examples)), term.Count(uint64(c.Words)),
			fmt.Sprintf("%.2f%%", 100*float64(c.Unknown)/float64(max(c.Words, 1)))})
	}
	term.Table(s.out, []bool{false, false, true, true, true}, rows)
}

// printTasks prints for each task its examples, its steps and the baselines that a model must beat.
func printTasks(s streams, setup *train.Setup, counts []data.Count) {
	rows := [][]string{{"task", "kind", "labels", "train", "dev", "test", "steps", "passes", "metric", "baseline dev",
		"baseline test"}}
	dev, test, shares := setup.Baselines[job.Dev], setup.Baselines[job.Test], setup.Shares()
	for t, task := range setup.Job.Tasks {
		labels := ""
		if l := setup.Data.Labels[t]; l != nil {
			labels = fmt.Sprint(l.Len())
		}
		row := []string{task.Name, task.Kind, labels}
		for _, split := range job.Splits {
			row = append(row, labelled(counts, task, split))
		}
		row = append(row, term.Count(shares[t].Steps), fmt.Sprintf("%.1f", shares[t].Passes))
		rows = append(rows, append(row, term.MetricLabel(task.Metric), figure(dev[t], task.Metric),
			figure(test[t], task.Metric)))
	}
	plain.Fprintln(s.out)
	term.Table(s.out, []bool{false, false, true, true, true, true, true, true, false, true, true}, rows)
	for _, task := range setup.Job.Tasks {
		if line := frequent(counts, task); line != "" {
			plain.Fprintf(s.out, "%s: %s\n", task.Name, line)
		}
	}
}

// printParts prints which tasks train which parts of the model, for a job whose tasks do not all read the same
// part of the encoder.
func printParts(s streams, setup *train.Setup) {
	if !setup.Job.SharesInParts() {
		return
	}
	rows := [][]string{{"part", "parameters", "trained by"}}
	for _, p := range setup.Arch.Parts() {
		rows = append(rows, []string{p.Name, term.Count(uint64(p.Parameters)), strings.Join(p.Tasks, ", ")})
	}
	plain.Fprintln(s.out)
	term.Table(s.out, []bool{false, true, false}, rows)
}

func figure(metrics map[string]float64, name string) string {
	v, ok := metrics[name]
	if !ok {
		return ""
	}
	return term.Figure(v)
}

func find(counts []data.Count, task job.Task, split job.Split) *data.TaskCount {
	for _, c := range counts {
		if c.Set != task.Data || c.Split != split {
			continue
		}
		for i := range c.Tasks {
			if c.Tasks[i].Task == task.Name {
				return &c.Tasks[i]
			}
		}
	}
	return nil
}

func labelled(counts []data.Count, task job.Task, split job.Split) string {
	c := find(counts, task, split)
	if c == nil {
		return ""
	}
	return term.Count(uint64(c.Labelled))
}

// labelsShown is the greatest number of labels in a line of frequencies.
const labelsShown = 8

// frequent lists the most frequent labels of the training split with their counts.
func frequent(counts []data.Count, task job.Task) string {
	c := find(counts, task, job.Train)
	if c == nil || len(c.Labels) == 0 {
		return ""
	}
	labels := slices.Clone(c.Labels)
	slices.SortStableFunc(labels, func(a, b data.LabelCount) int { return b.N - a.N })
	var parts []string
	for i, l := range labels {
		if i == labelsShown {
			parts = append(parts, fmt.Sprintf("and %d more", len(labels)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %s", l.Label, term.Count(uint64(l.N))))
	}
	return strings.Join(parts, ", ")
}
