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
		for _, name := range slices.Sorted(maps.Keys(t.summaries[i][0].Tasks)) {
			var dev, test []float64
			var bySeed []string
			metric := ""
			for _, r := range t.summaries[i] {
				task := r.Tasks[name]
				metric = task.Metric
				dev, test = append(dev, task.Dev[metric]), append(test, task.Test[metric])
				bySeed = append(bySeed, fmt.Sprintf("%.3f", task.Test[metric]))
			}
			fmt.Fprintf(w, "| %s | %s | %s | %.3f | %.3f | %s | %.2f |\n", s.name, name, metric,
				mean(dev), mean(test), strings.Join(bySeed, " "), t.speed(i))
		}
	}
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
