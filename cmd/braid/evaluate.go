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
	Model   string    `arg:"" help:"Model directory, or the run directory that holds it."`
	Data    []string  `help:"File (for seq: directory) to score, in the data set's format; NAME=FILE if the model has several data sets. Default: the job's own data. train, dev or test, if no file is called so: as --split." placeholder:"FILE" sep:"none"`
	Split   job.Split `help:"Split of the job's own data: train, dev or test. Default: test." default:"" enum:",train,dev,test" placeholder:"SPLIT"`
	JSON    bool      `help:"Write the scores as JSON."`
	Workers int       `help:"Goroutines that compute. Default: all processors." placeholder:"N"`
}

// Help is shown below the flags.
func (evaluateCommand) Help() string {
	return `Scores are fractions, computed as the field does: spans as conlleval, macro F1 as scikit-learn.
The output says which split or files were scored, and how many examples. A tagging score counts words and
entities beyond max_tokens as missed.

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
	if err := c.choose(); err != nil {
		return err
	}
	sets, what, err := c.read(ctx, b)
	if err != nil {
		return err
	}
	if c.Workers < 1 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	chunks := model.Chunks(sets, c.Split, train.ChunkExamples)
	engine := model.NewEngine(b.Architecture, c.Workers)
	engine.Pack(b.Params, nil)
	scores, err := engine.Scores(ctx, sets, chunks)
	if err != nil {
		return err
	}
	j := b.Job
	summary := summarise(j, what, train.SumScores(len(sets), chunks, scores))
	if err := summary.finite(); err != nil {
		return fmt.Errorf("%s: %w", c.Model, err)
	}
	if len(summary.Tasks) == 0 && len(c.Data) > 0 {
		return fmt.Errorf("%s: no example has a label of a task: check the fields' names", strings.Join(c.Data, ", "))
	}
	if len(summary.Tasks) == 0 {
		return fmt.Errorf("%s: the job has no %s split with labels: give --data FILE or another --split", c.Model, c.Split)
	}
	if c.JSON {
		out := json.NewEncoder(s.out)
		out.SetIndent("", "  ")
		return out.Encode(summary)
	}
	plain.Fprintln(s.out, what.sentence(j))
	for _, line := range cutLines(j, what.cuts) {
		plain.Fprintln(s.out, line)
	}
	for _, f := range what.unknown {
		plain.Fprintln(s.out, f)
	}
	printScores(s, j, summary)
	return nil
}

// choose settles whether a split or files are scored. A split's name after --data is a split
// if there is no such file.
func (c *evaluateCommand) choose() error {
	if len(c.Data) == 1 && slices.Contains(job.Splits, job.Split(c.Data[0])) {
		if _, err := os.Stat(c.Data[0]); errors.Is(err, fs.ErrNotExist) && (c.Split == "" || string(c.Split) == c.Data[0]) {
			c.Split, c.Data = job.Split(c.Data[0]), nil
		}
	}
	if len(c.Data) > 0 && c.Split != "" {
		return fmt.Errorf("--split %s is of the job's own data, and --data %s is other data: give one of them", c.Split, c.Data[0])
	}
	if c.Split == "" {
		c.Split = job.Test // of files: the place that their examples take
	}
	return nil
}

// read returns the data sets as numbers of the model, the wanted examples as split c.Split.
func (c evaluateCommand) read(ctx context.Context, b *model.Bundle) (sets []data.Set, what scored, err error) {
	j := *b.Job
	p := &data.Prepared{Vocab: b.Vocab, Labels: b.Labels}
	sets = make([]data.Set, len(j.Data))
	what = scored{split: string(c.Split), examples: map[string]int{}}
	files, err := c.files(&j)
	if err != nil {
		return nil, what, err
	}
	if len(files) == 0 {
		base, ok := run.JobDir(c.runDir())
		if !ok {
			return nil, what, fmt.Errorf("%s: is not inside its run directory, so where its data lie is not known: give --data FILE", c.Model)
		}
		j.Dir = base
	} else {
		j.Dir = "" // files are relative to where the program runs
		what.split, what.files = "", files
	}
	for i := range j.Data {
		sets[i].Name = j.Data[i].Name
		file, given := files[j.Data[i].Name]
		if len(files) > 0 && !given {
			continue
		}
		examples, err := readSplit(ctx, j, i, c.Split, file)
		if err != nil {
			return nil, what, err
		}
		if examples == nil {
			continue
		}
		if cut := data.CutOf(what.name(j.Data[i].Name), j.Data[i], examples); cut.Examples > 0 {
			what.cuts = append(what.cuts, cut)
		}
		what.examples[j.Data[i].Name] = len(examples)
		what.unknown = append(what.unknown, data.UnknownLabels(&j, i, b.Labels, what.name(j.Data[i].Name), examples)...)
		corpus, err := p.Encode(&j, i, examples)
		if err != nil {
			return nil, what, err
		}
		*sets[i].At(c.Split) = corpus
	}
	return sets, what, nil
}

// readSplit reads the examples of a data set: of a file if there is one, else of a split.
func readSplit(ctx context.Context, j job.Job, set int, split job.Split, file string) ([]data.Example, error) {
	d := j.Data[set]
	if file != "" {
		if !d.Of().Files { // what braid data godoc writes
			d.Format, d.Tokens = "jsonl", "tokens"
		}
		d.Train, d.Dev, d.Test, split = file, "", "", job.Train
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
