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

	"braid/data"
	"braid/internal/plain"
	"braid/job"
	"braid/model"
	"braid/run"
	"braid/train"
)

type evaluateCommand struct {
	Model   string    `arg:"" help:"${model}"`
	Data    []string  `help:"${evaluate_data}" placeholder:"FILE" sep:"none"`
	Split   job.Split `help:"${evaluate_split}" default:"" enum:",train,dev,test" placeholder:"SPLIT"`
	JSON    bool      `help:"${json}"`
	Workers int       `help:"${workers}" placeholder:"N"`

	Predictions []string `help:"${evaluate_predictions}" placeholder:"FILE" sep:"none"`
}

// Run scores a model on a split of its job's data or on files.
func (c evaluateCommand) Run(ctx context.Context, s streams) error {
	b, err := model.LoadBundle(c.Model)
	if err != nil {
		return err
	}
	if err := c.choose(); err != nil {
		return err
	}
	files, err := tagFiles(b.Job, c.Predictions)
	if err != nil {
		return err
	}
	sets, scope, err := c.read(ctx, b)
	if err != nil {
		return err
	}
	if c.Workers < 1 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	chunks := model.ExampleBlocks(sets, c.Split, model.BlockExamples)
	engine := model.NewEngine(b.Architecture, c.Workers)
	engine.Pack(b.Params, nil)
	scores, err := engine.Scores(ctx, sets, chunks, false)
	if err != nil {
		return err
	}
	j := b.Job
	summary := summarise(j, scope, train.SumScores(len(sets), chunks, scores))
	if err := summary.finite(); err != nil {
		return fmt.Errorf("%s: %w", c.Model, err)
	}
	if len(summary.Tasks) == 0 && len(c.Data) > 0 {
		return fmt.Errorf("%s: no example has a label of a task: check the fields' names", strings.Join(c.Data, ", "))
	}
	if len(summary.Tasks) == 0 {
		return fmt.Errorf("%s: the job has no %s split with labels: give --data FILE or another --split", c.Model, c.Split)
	}
	if err := c.predictions(ctx, b, files, sets, scope); err != nil {
		return err
	}
	if c.JSON {
		out := json.NewEncoder(s.out)
		out.SetIndent("", "  ")
		return out.Encode(summary)
	}
	plain.Fprintln(s.out, scope.sentence(j))
	for _, line := range cutLines(j, scope.cuts) {
		plain.Fprintln(s.out, line)
	}
	for _, f := range scope.unknown {
		plain.Fprintln(s.out, f)
	}
	printScores(s, j, summary)
	return nil
}

// choose decides whether a split or files are scored. The name of a split after --data means the split unless there
// is a file of that name.
func (c *evaluateCommand) choose() error {
	if len(c.Data) == 1 && slices.Contains(job.Splits, job.Split(c.Data[0])) {
		if _, err := os.Stat(c.Data[0]); errors.Is(err, fs.ErrNotExist) && (c.Split == "" || string(c.Split) == c.Data[0]) {
			c.Split, c.Data = job.Split(c.Data[0]), nil
		}
	}
	if len(c.Data) > 0 && c.Split != "" {
		return fmt.Errorf("--split %s means the job's data, and --data %s other data: give one of them", c.Split, c.Data[0])
	}
	if c.Split == "" {
		c.Split = job.Test // examples of files are scored as the test split
	}
	return nil
}

// read returns the data sets encoded for the model, with the examples to score as split c.Split.
func (c evaluateCommand) read(ctx context.Context, b *model.Bundle) (sets []data.Set, scope scored, err error) {
	j := *b.Job
	p := &data.Prepared{Vocab: b.Vocab, Labels: b.Labels}
	sets = make([]data.Set, len(j.Data))
	scope = scored{split: string(c.Split), examples: map[string]int{}, texts: make([][]data.Example, len(j.Data))}
	files, err := c.files(&j)
	if err != nil {
		return nil, scope, err
	}
	if len(files) == 0 {
		base, ok := run.JobDir(c.runDir())
		if !ok {
			return nil, scope, fmt.Errorf("%s: not inside its run directory, so the path of its data is unknown: give "+
				"--data FILE", c.Model)
		}
		j.Dir = base
	} else {
		j.Dir = "" // paths of files are relative to the working directory
		scope.split, scope.files = "", files
	}
	for i := range j.Data {
		sets[i].Name = j.Data[i].Name
		file, given := files[j.Data[i].Name]
		if len(files) > 0 && !given {
			continue
		}
		examples, err := readSplit(ctx, j, i, c.Split, file)
		if err != nil {
			return nil, scope, err
		}
		if examples == nil {
			continue
		}
		if cut := data.CutOf(scope.name(j.Data[i].Name), j.Data[i], examples); cut.Examples > 0 {
			scope.cuts = append(scope.cuts, cut)
		}
		scope.examples[j.Data[i].Name] = len(examples)
		scope.texts[i] = examples
		scope.unknown = append(scope.unknown, data.UnknownLabels(&j, i, b.Labels, scope.name(j.Data[i].Name), examples)...)
		corpus, err := p.Encode(&j, i, examples)
		if err != nil {
			return nil, scope, err
		}
		*sets[i].At(c.Split) = corpus
	}
	return sets, scope, nil
}

// readSplit reads the examples of a data set from a file, or from a split if file is empty.
func readSplit(ctx context.Context, j job.Job, set int, split job.Split, file string) ([]data.Example, error) {
	d := j.Data[set]
	if file != "" {
		if !d.Of().Files { // what braid data godoc writes
			d.Format, d.Tokens = "jsonl", "tokens"
		}
		d.Train, d.Dev, d.Test, d.Fold, split = file, "", "", "", job.Train
	}
	// Without tasks, because labels must be compared with the model's, not with those of these examples. Without
	// vectors and columns, because the model has the vocabulary that it needs.
	j.Data, j.Tasks = []job.DataSet{d}, nil
	j.Encoder.Word.Vectors, j.Encoder.Columns, j.Init = job.Vectors{}, nil, job.Init{}
	_, raw, err := data.Prepare(ctx, &j, nil)
	if err != nil {
		return nil, err
	}
	return raw.Sets[0].Split(split), nil
}

// runDir returns the run directory that contains the model.
func (c evaluateCommand) runDir() string {
	if filepath.Base(filepath.Clean(c.Model)) == run.ModelDir {
		return filepath.Dir(filepath.Clean(c.Model))
	}
	return c.Model
}

// files returns the files of --data by data set.
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
				return nil, fmt.Errorf("--data %s: the model has %d data sets: write NAME=FILE, NAME one of %s", given,
					len(names), strings.Join(names, ", "))
			}
			name, file = names[0], given
		}
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("--data %s: the model has no data set %s: write NAME=FILE, NAME one of %s", given, name,
				strings.Join(names, ", "))
		}
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("--data %s: no such file or directory", file)
		}
		files[name] = file
	}
	return files, nil
}
