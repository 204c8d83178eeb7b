package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// table holds the summaries by setting, one for each seed.
type table struct {
	settings  []setting
	summaries [][]summary
}

func newTable(settings []setting) *table {
	return &table{settings, make([][]summary, len(settings))}
}

func (t *table) add(setting int, s summary) {
	t.summaries[setting] = append(t.summaries[setting], s)
}

// print writes the table in Markdown.
func (t *table) print(w io.Writer) {
	fmt.Fprintln(w, "| setting | task | metric | dev | test | test by seed | tokens/s |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|")
	for i, s := range t.settings {
		first := t.summaries[i][0]
		for _, name := range slices.Sorted(maps.Keys(first.Tasks)) {
			of := func(s summary) scores { return s.Tasks[name].scores }
			t.printLine(w, i, s.name, name, first.Tasks[name].Metric, of)
			if _, tags := first.Tasks[name].Test[sentences]; tags && first.Tasks[name].Metric != sentences {
				t.printLine(w, i, s.name, name, sentences, of)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(first.Data)) {
			t.printLine(w, i, s.name, name, "joint_accuracy", func(s summary) scores { return s.Data[name] })
		}
	}
}

// sentences is the share of texts with every tag right.
const sentences = "sentence_accuracy"

// printLine writes the line of one metric of a setting. name is a task or a data set, and of returns its scores.
func (t *table) printLine(w io.Writer, setting int, label, name, metric string, of func(summary) scores) {
	var dev, test []float64
	var bySeed []string
	for _, r := range t.summaries[setting] {
		s := of(r)
		dev, test = append(dev, s.Dev[metric]), append(test, s.Test[metric])
		bySeed = append(bySeed, fmt.Sprintf("%.3f", s.Test[metric]))
	}
	fmt.Fprintf(w, "| %s | %s | %s | %.3f | %.3f | %s | %.2f |\n", label, name, metric,
		mean(dev), mean(test), strings.Join(bySeed, " "), t.speed(setting))
}

// speed returns the mean over the seeds of the tokens per second in relation to the first setting.
func (t *table) speed(setting int) float64 {
	var ratios []float64
	for seed, r := range t.summaries[setting] {
		ratios = append(ratios, r.TokensPerSecond/t.summaries[0][seed].TokensPerSecond)
	}
	return mean(ratios)
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
