package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"braid/cmd/internal/term"
	"braid/job"
	"braid/plan"
	"braid/study"
	"braid/study/local"
	"braid/train"
)

type tuneCommand struct {
	Job      string        `arg:"" help:"${job}" placeholder:"JOB.yaml"`
	Out      string        `help:"${tune_out}" placeholder:"DIR"`
	Space    []string      `help:"${tune_space}" placeholder:"KEY=LOW..HIGH" sep:"none"`
	Trials   int           `help:"${tune_trials}" default:"27" placeholder:"N"`
	Time     time.Duration `help:"${tune_time}" placeholder:"90m"`
	Folds    int           `help:"${tune_folds}" default:"3" placeholder:"K"`
	Prefer   string        `help:"${tune_prefer}" placeholder:"TASK=W,..."`
	Parallel int           `help:"${compare_parallel}" placeholder:"N"`
	Set      []string      `help:"${set}" placeholder:"KEY=VALUE" sep:"none"`
	JSON     bool          `help:"${compare_json}"`
}

// tunedFile is the job that a tuning leaves in its directory.
const tunedFile = "tuned.yaml"

// Run searches values of the job, and writes the tuned job.
func (c tuneCommand) Run(ctx context.Context, s streams) error {
	j, prefer, err := c.check()
	if err != nil {
		return err
	}
	screen := studyScreen(s, c.JSON)
	defer screen.Wipe()
	setup, err := train.Open(ctx, j.WithoutTest(), screen.Status)
	if err != nil {
		return err
	}
	setup.Raw = nil
	if err := sameStudyData(c.Out, setup); err != nil {
		return err
	}
	tasks, sets := setup.Data.Sizes()
	dimensions, err := c.dimensions(j, tasks)
	if err != nil {
		return err
	}
	t := &study.Tuning{Folds: c.Folds, Prefer: prefer,
		Load: c.load,
		Steps: func(j *job.Job) (uint64, error) {
			p, err := plan.New(j, plan.Sizes{Tasks: tasks, Sets: sets})
			if err != nil {
				return 0, err
			}
			return p.Steps(), nil
		}}
	begin := time.Now()
	if err := c.chooseTrials(ctx, t, screen); err != nil {
		return c.explain(err)
	}
	t.Points = study.Points(dimensions, c.Trials)
	if err := c.search(ctx, t, screen); err != nil {
		return c.explain(err)
	}
	screen.Wipe()
	report := t.Report(j, dimensions)
	report.Seconds = time.Since(begin).Seconds()
	return c.show(s, t, report)
}

// check returns the job and the preference, or an error about the arguments.
func (c *tuneCommand) check() (*job.Job, study.Preference, error) {
	j, err := c.load(nil)
	if err != nil {
		return nil, nil, err
	}
	studyDefaults(&c.Out, &c.Parallel, j, "tune")
	for _, d := range j.Data {
		if d.Fold != "" {
			return nil, nil, j.Errorf("data."+d.Name+".fold", "remove it",
				"the data set %s has folds already, and tune needs folds of its own", d.Name)
		}
	}
	switch {
	case c.Trials < 2:
		return nil, nil, fmt.Errorf("--trials %d: the first point is the job as it is: give 2 at least", c.Trials)
	case c.Folds < 2 || c.Folds > 100:
		return nil, nil, fmt.Errorf("--folds %d: write a number from 2 to 100", c.Folds)
	}
	prefer := study.Preference{}
	for _, t := range j.Tasks {
		if c.Prefer == "" {
			prefer[t.Name] = 1
		}
	}
	if c.Prefer != "" {
		if err := parsePreference(j, c.Prefer, prefer); err != nil {
			return nil, nil, fmt.Errorf("--prefer %s: %w", c.Prefer, err)
		}
	}
	return j, prefer, nil
}

// dimensions returns the dimensions of the search. Those of --space are checked against the job.
func (c tuneCommand) dimensions(j *job.Job, examples []int) ([]study.Dimension, error) {
	all := study.Dimensions(j, examples)
	for _, text := range c.Space {
		d, err := study.ParseSpace(text)
		if err != nil {
			return nil, fmt.Errorf("--space %w", err)
		}
		bounds := strings.SplitN(text[strings.Index(text, "=")+1:], "..", 2)
		for _, bound := range bounds {
			if _, err := c.load([]string{d.Name + "=" + bound}); err != nil {
				return nil, fmt.Errorf("--space %s: %w", text, err)
			}
		}
		all = append(all, d)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: a job of one task has no weights to tune: name keys with --space KEY=LOW..HIGH", c.Job)
	}
	return all, nil
}

// search trains the stages of a tuning.
func (c tuneCommand) search(ctx context.Context, t *study.Tuning, screen *term.Screen) error {
	for {
		runs, err := t.Next()
		if err != nil || len(runs) == 0 {
			return err
		}
		screen.Print(fmt.Sprintf("%s: %s", t.Stage(), term.Counted(uint64(len(runs)), "training")))
		results, err := local.Train(ctx, local.Config{Dir: c.Out, Parallel: c.Parallel, Diverging: true,
			Events: newStudyProgress(screen, runs).event}, runs)
		if err != nil {
			return err
		}
		if err := t.Take(results); err != nil {
			return err
		}
	}
}

// load returns the job with other values, after those of --set.
func (c tuneCommand) load(set []string) (*job.Job, error) {
	return job.Load(c.Job, append(append([]string(nil), c.Set...), set...)...)
}

// explain adds the command for resuming to the error of an interruption.
func (c tuneCommand) explain(err error) error {
	again := []string{"braid tune", quote(c.Job), "--out", quote(c.Out), "--folds", fmt.Sprint(c.Folds)}
	if c.Time > 0 {
		again = append(again, "--time", c.Time.String())
	} else {
		again = append(again, "--trials", fmt.Sprint(c.Trials))
	}
	again = append(again, parallelFlag(c.Parallel)...)
	again = append(again, flags("--space", c.Space)...)
	again = append(again, flags("--set", c.Set)...)
	if c.Prefer != "" {
		again = append(again, "--prefer", quote(c.Prefer))
	}
	return stoppedStudy(err, c.Out, again)
}
