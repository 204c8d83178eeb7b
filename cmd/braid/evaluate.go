package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"braid/cmd/internal/term"
	"braid/data"
	"braid/internal/plain"
	"braid/job"
	"braid/model"
	"braid/run"
	"braid/train"
)

type evaluateCommand struct {
	Model   string   `arg:"" help:"Model directory, or the run directory that holds it."`
	Data    []string `help:"File (for seq: directory) to score, in the data set's format; NAME=FILE if the model has several data sets. Default: the job's own data." placeholder:"FILE" sep:"none"`
	Split   string   `help:"Split of the job's own data: train, dev or test." default:"test" enum:"train,dev,test"`
	JSON    bool     `help:"Write the scores as JSON."`
	Workers int      `help:"Goroutines that compute. Default: all processors." placeholder:"N"`
}

// Help is shown below the flags.
func (evaluateCommand) Help() string {
	return `Scores are fractions, computed as the field does: spans as conlleval, macro F1 as scikit-learn.

Examples:
  braid evaluate runs/snips/model                       the test split, as training scored it
  braid evaluate runs/snips/model --split dev --json
  braid evaluate runs/wnut17/model --data mine.conll    data that training never saw`
}

// Run scores a model.
func (c evaluateCommand) Run(ctx context.Context, s streams) error {
	b, err := model.LoadBundle(c.Model)
	if err != nil {
		return err
	}
	sets, cuts, err := c.read(ctx, b)
	if err != nil {
		return err
	}
	if c.Workers < 1 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	chunks := model.Chunks(sets, c.Split, train.ChunkExamples)
	scores, err := model.NewEngine(b.Model, c.Workers).Scores(ctx, sets, chunks)
	if err != nil {
		return err
	}
	j := b.Model.Job
	summary := summarise(j, c.Split, train.SumScores(len(sets), chunks, scores))
	if len(summary.Tasks) == 0 {
		return fmt.Errorf("%s: the job has no %s split with labels: give --data FILE or another --split", c.Model, c.Split)
	}
	if c.JSON {
		out := json.NewEncoder(s.out)
		out.SetIndent("", "  ")
		return out.Encode(summary)
	}
	for _, line := range cutLines(cuts) {
		plain.Fprintln(s.out, line)
	}
	printScores(s, j, summary)
	return nil
}

// read returns the data sets as numbers of the model, the wanted examples as split c.Split.
func (c evaluateCommand) read(ctx context.Context, b *model.Bundle) (sets []data.Set, cuts []data.Cut, err error) {
	j := *b.Model.Job
	p := &data.Prepared{Vocab: b.Vocab, Labels: b.Labels}
	sets = make([]data.Set, len(j.Data))
	files, err := c.files(&j)
	if err != nil {
		return nil, nil, err
	}
	if len(files) == 0 {
		base, ok := run.JobDir(c.runDir())
		if !ok {
			return nil, nil, fmt.Errorf("%s: is not inside its run directory, so where its data lie is not known: give --data FILE", c.Model)
		}
		j.Dir = base
	} else {
		j.Dir = "" // files are relative to where the program runs
	}
	for i := range j.Data {
		sets[i].Name = j.Data[i].Name
		file, given := files[j.Data[i].Name]
		if len(files) > 0 && !given {
			continue
		}
		examples, err := readSplit(ctx, j, i, c.Split, file)
		if err != nil {
			return nil, nil, err
		}
		if examples == nil {
			continue
		}
		if cut := data.CutOf(c.Split, j.Data[i], examples); cut.Examples > 0 {
			cuts = append(cuts, cut)
		}
		corpus, err := p.Encode(&j, i, examples)
		if err != nil {
			return nil, nil, err
		}
		switch c.Split {
		case "train":
			sets[i].Train = corpus
		case "dev":
			sets[i].Dev = corpus
		default:
			sets[i].Test = corpus
		}
	}
	return sets, cuts, nil
}

// readSplit reads the examples of a data set: of a file if there is one, else of a split.
func readSplit(ctx context.Context, j job.Job, set int, split, file string) ([]data.Example, error) {
	d := j.Data[set]
	if file != "" {
		if d.Format == "godoc" { // what braid data godoc writes
			d.Format, d.Tokens = "jsonl", "tokens"
		}
		d.Train, d.Dev, d.Test, split = file, "", "", "train"
	}
	// Without tasks: labels are held against the model's, not against these examples'.
	j.Data, j.Tasks = []job.DataSet{d}, nil
	_, raw, err := data.Prepare(ctx, &j, nil)
	if err != nil {
		return nil, err
	}
	return raw.Sets[0].Split(split), nil
}

// runDir is the run directory around the model.
func (c evaluateCommand) runDir() string {
	if filepath.Base(filepath.Clean(c.Model)) == run.ModelDir {
		return filepath.Dir(filepath.Clean(c.Model))
	}
	return c.Model
}

// files returns the given files by data set.
func (c evaluateCommand) files(j *job.Job) (map[string]string, error) {
	files := map[string]string{}
	var names []string
	for _, d := range j.Data {
		names = append(names, d.Name)
	}
	for _, given := range c.Data {
		name, file, named := strings.Cut(given, "=")
		if !named {
			if len(names) > 1 {
				return nil, fmt.Errorf("--data %s: the model has %d data sets: write NAME=FILE, NAME one of %s", given, len(names), strings.Join(names, ", "))
			}
			name, file = names[0], given
		}
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("--data %s: the model has no data set %s: write NAME=FILE, NAME one of %s", given, name, strings.Join(names, ", "))
		}
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("--data %s: no such file or directory", file)
		}
		files[name] = file
	}
	return files, nil
}

// scoresJSON is what evaluate --json writes: as in summary.json, of one split.
type scoresJSON struct {
	Split string                        `json:"split"`
	Tasks map[string]map[string]float64 `json:"tasks"`
	Loss  map[string]float64            `json:"loss"`
	Data  map[string]map[string]float64 `json:"data,omitempty"`
}

func summarise(j *job.Job, split string, scores []*model.SetScore) scoresJSON {
	s := scoresJSON{Split: split, Tasks: map[string]map[string]float64{}, Loss: map[string]float64{}, Data: map[string]map[string]float64{}}
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

func printScores(s streams, j *job.Job, scores scoresJSON) {
	rows := [][]string{{"task", "metric", scores.Split}}
	for _, t := range j.Tasks {
		label := t.Name
		for _, metric := range term.MetricNames(scores.Tasks[t.Name], t.Metric) {
			rows = append(rows, []string{label, metric, figure(scores.Tasks[t.Name], metric)})
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
