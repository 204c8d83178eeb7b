package main

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"braid/cmd/internal/term"
	"braid/data"
	"braid/job"
	"braid/model"
)

// scored describes the examples that were scored.
type scored struct {
	split    string            // of the job's data; empty: files
	files    map[string]string // by data set
	examples map[string]int    // by data set
	texts    [][]data.Example  // by data set
	cuts     []data.Cut
	unknown  []data.Finding // labels that the model does not have
}

// name returns the name of a data set's examples: the split or the file.
func (w *scored) name(set string) string {
	if w.split != "" {
		return w.split
	}
	return filepath.Base(w.files[set])
}

// title returns the heading of the column of scores.
func (w *scored) title() string {
	if w.split != "" {
		return w.split
	}
	for _, file := range w.files {
		if len(w.files) == 1 {
			return filepath.Base(file)
		}
	}
	return "files"
}

// sentence describes the scored examples in a sentence.
func (w *scored) sentence(j *job.Job) string {
	var parts []string
	for _, d := range j.Data {
		n, read := w.examples[d.Name]
		if !read {
			continue
		}
		part := d.Name + " " + term.Counted(uint64(n), "example")
		if w.split == "" {
			part = fmt.Sprintf("%s %s (%s)", d.Name, w.files[d.Name], term.Counted(uint64(n), "example"))
		}
		parts = append(parts, part)
	}
	if w.split != "" {
		return fmt.Sprintf("the job's %s split: %s", w.split, strings.Join(parts, ", "))
	}
	return "given data: " + strings.Join(parts, ", ")
}

// scoresJSON is the output of evaluate --json: scores as in summary.json, of one split or of files.
type scoresJSON struct {
	Split    string             `json:"split,omitempty"`
	Files    map[string]string  `json:"files,omitempty"` // by data set
	Examples map[string]int     `json:"examples"`        // by data set
	Cut      map[string]cutJSON `json:"cut,omitempty"`   // by data set: words beyond max_tokens

	Findings []string `json:"findings,omitempty"` // labels that the model does not have

	Tasks map[string]map[string]float64 `json:"tasks"`
	Loss  map[string]float64            `json:"loss"`
	Data  map[string]map[string]float64 `json:"data,omitempty"`

	title string
}

type cutJSON struct {
	MaxTokens int `json:"max_tokens"`
	Examples  int `json:"examples"`
	Words     int `json:"words"`
}

func summarise(j *job.Job, scope scored, scores []*model.SetScore) scoresJSON {
	s := scoresJSON{Split: scope.split, Files: scope.files, Examples: scope.examples, title: scope.title(),
		Cut:   map[string]cutJSON{},
		Tasks: map[string]map[string]float64{}, Loss: map[string]float64{}, Data: map[string]map[string]float64{}}
	for _, c := range scope.cuts {
		s.Cut[c.Set] = cutJSON{c.MaxTokens, c.Examples, c.Words}
	}
	for _, f := range scope.unknown {
		s.Findings = append(s.Findings, f.String())
	}
	for t, task := range j.Tasks {
		if set := scores[j.SetOf(t)]; set != nil {
			if metrics, loss, ok := set.Of(t); ok {
				s.Tasks[task.Name], s.Loss[task.Name] = metrics, loss
			}
		}
	}
	for i, set := range scores {
		if set == nil {
			continue
		}
		if joint, ok := set.JointAccuracy(); ok {
			s.Data[j.Data[i].Name] = map[string]float64{"joint_accuracy": joint}
		}
	}
	return s
}

// finite returns an error if a loss or a metric is not finite.
func (s *scoresJSON) finite() error {
	for _, name := range slices.Sorted(maps.Keys(s.Tasks)) {
		if loss := s.Loss[name]; math.IsNaN(loss) || math.IsInf(loss, 0) {
			return fmt.Errorf("task %s: the loss is %v: the weights are too large or damaged: train again", name, loss)
		}
		for _, metric := range slices.Sorted(maps.Keys(s.Tasks[name])) {
			if v := s.Tasks[name][metric]; math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("task %s: %s is %v: the weights are too large or damaged: train again", name, metric, v)
			}
		}
	}
	return nil
}

func printScores(s streams, j *job.Job, scores scoresJSON) {
	rows := [][]string{{"task", "metric", scores.title}}
	for _, t := range j.Tasks {
		label := t.Name
		for _, metric := range term.MetricNames(scores.Tasks[t.Name], t.Metric) {
			rows = append(rows, []string{label, term.MetricLabel(metric), figure(scores.Tasks[t.Name], metric)})
			label = ""
		}
	}
	for _, d := range j.Data {
		if joint, ok := scores.Data[d.Name]; ok {
			rows = append(rows, []string{d.Name, "joint_accuracy", figure(joint, "joint_accuracy")})
		}
	}
	term.Table(s.out, []bool{false, false, true}, rows)
}
