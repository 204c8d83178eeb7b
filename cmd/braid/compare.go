package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"braid/cmd/internal/term"
	"braid/job"
	"braid/plan"
	"braid/study"
	"braid/study/local"
	"braid/train"
)

type compareCommand struct {
	Job      string   `arg:"" help:"${job}" placeholder:"JOB.yaml"`
	Out      string   `help:"${compare_out}" placeholder:"DIR"`
	Arm      []string `help:"${compare_arm}" placeholder:"NAME:KEY=VALUE,…" sep:"none"`
	Against  string   `help:"${compare_against}" default:"alone" placeholder:"ARM"`
	Seeds    int      `help:"${compare_seeds}" default:"3" placeholder:"N"`
	Parallel int      `help:"${compare_parallel}" placeholder:"N"`
	Set      []string `help:"${set}" placeholder:"KEY=VALUE" sep:"none"`
	JSON     bool     `help:"${compare_json}"`

	FailIfHurt bool `help:"${compare_fail}"`
	Plan       bool `help:"${compare_plan}"`
}

// studyFile is the result of a study in its directory.
const studyFile = "study.json"

// Run trains the arms of a comparison and prints its table.
func (c compareCommand) Run(ctx context.Context, s streams) error {
	arms, err := c.arms()
	if err != nil {
		return err
	}
	j := arms[0].Job
	studyDefaults(&c.Out, &c.Parallel, j, "compare")
	screen := studyScreen(s, c.JSON)
	defer screen.Wipe()
	setup, err := train.Open(ctx, j, screen.Status)
	if err != nil {
		return err
	}
	if err := sameStudyData(c.Out, setup); err != nil {
		return err
	}
	comparison, err := c.plan(arms, setup)
	if err != nil {
		return err
	}
	runs, err := comparison.Runs()
	if err != nil {
		return err
	}
	if c.Plan {
		screen.Wipe()
		return c.writePlan(s, runs)
	}
	shared := study.SharedTexts(j, setup.Data, setup.Raw)
	setup.Raw = nil
	progress := newStudyProgress(screen, runs)
	results, err := local.Train(ctx, local.Config{Dir: c.Out, Parallel: c.Parallel, Events: progress.event}, runs)
	screen.Wipe()
	if err != nil {
		return c.explain(err)
	}
	screen.Status("resampling the test examples")
	report, err := comparison.Evaluate(runs, results, shared)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Out, err)
	}
	screen.Wipe()
	if err := c.show(s, report); err != nil {
		return err
	}
	if c.FailIfHurt && report.Hurt() {
		return &term.Coded{Err: errors.New("a task is hurt"), Code: exitHurt}
	}
	return nil
}

// exitHurt is the exit code of compare --fail-if-hurt.
const exitHurt = 3

// arms returns the job as it is and the arms of --arm.
func (c compareCommand) arms() ([]study.Arm, error) {
	j, err := job.Load(c.Job, c.Set...)
	if err != nil {
		return nil, err
	}
	arms := []study.Arm{{Name: study.Together, Job: j}}
	known := []string{study.Alone, study.Together}
	for _, text := range c.Arm {
		name, keys, ok := strings.Cut(text, ":")
		set := splitKeys(keys)
		if !ok || name == "" || len(set) == 0 {
			return nil, fmt.Errorf("--arm %s: write NAME:KEY=VALUE,KEY=VALUE, such as big:encoder.lstm.hidden=400", text)
		}
		for _, k := range known {
			if k == name {
				return nil, fmt.Errorf("--arm %s: there is an arm %s already: choose another name", text, name)
			}
		}
		known = append(known, name)
		of, err := c.arm(set)
		if err != nil {
			return nil, fmt.Errorf("arm %s: %w", name, err)
		}
		arms = append(arms, study.Arm{Name: name, Set: set, Job: of})
	}
	for _, k := range known {
		if k == c.Against {
			return arms, c.enough(len(arms))
		}
	}
	return nil, fmt.Errorf("--against %s: no such arm: name one of %s", c.Against, strings.Join(known, ", "))
}

// arm returns the job with other values. The key tasks lists the tasks that stay.
func (c compareCommand) arm(set []string) (*job.Job, error) {
	values := append([]string(nil), c.Set...)
	var keep []string
	for _, value := range set {
		if list, ok := strings.CutPrefix(value, "tasks="); ok {
			for name := range strings.SplitSeq(list, ",") {
				keep = append(keep, strings.TrimSpace(name))
			}
			continue
		}
		values = append(values, value)
	}
	j, err := job.Load(c.Job, values...)
	if err != nil || keep == nil {
		return j, err
	}
	return j.Keep(keep...)
}

// enough returns an error if there is nothing to compare.
func (c compareCommand) enough(arms int) error {
	if c.Seeds < 2 {
		return fmt.Errorf("--seeds %d: the noise between seeds needs 2 at least", c.Seeds)
	}
	if c.Against != study.Alone && arms < 2 {
		return fmt.Errorf("--against %s leaves nothing to compare: add an arm with --arm NAME:KEY=VALUE", c.Against)
	}
	return nil
}

// nextKey is the beginning of the next assignment after a comma. Values may have commas.
var nextKey = regexp.MustCompile(`,\s*[a-z_]+(\.[^,=]+)*=`)

// splitKeys splits KEY=VALUE,KEY=VALUE.
func splitKeys(text string) (all []string) {
	for text != "" {
		at := nextKey.FindStringIndex(text)
		if at == nil {
			return append(all, text)
		}
		all, text = append(all, text[:at[0]]), strings.TrimSpace(text[at[0]+1:])
	}
	return all
}

// plan returns the plan of the comparison, with the shares of the tasks by seed.
func (c compareCommand) plan(arms []study.Arm, setup *train.Setup) (*study.Comparison, error) {
	p := &study.Comparison{Arms: arms, Seeds: c.Seeds, Baseline: c.Against}
	tests := 0
	for i := range c.Seeds {
		j := *setup.Job
		j.Seed += uint64(i)
		tasks, sets := setup.Data.Sizes()
		planner, err := plan.New(&j, plan.Sizes{Tasks: tasks, Sets: sets})
		if err != nil {
			return nil, err
		}
		shares := make([]study.Share, len(j.Tasks))
		for t, s := range planner.Shares() {
			set := j.SetOf(t)
			share := study.Share{Steps: float64(s.Steps), Of: planner.Steps(), Dev: hasLabels(setup, t, job.Dev),
				Test: hasLabels(setup, t, job.Test)}
			if j.Training.Mode == "joint" { // a batch of the data set has examples without a label of the task
				share.Steps *= float64(tasks[t]) / float64(sets[set])
			}
			if share.Test {
				tests++
			}
			shares[t] = share
		}
		p.Shares = append(p.Shares, shares)
	}
	if tests == 0 {
		return nil, fmt.Errorf("%s: no data set has a test split with labels, and only test examples can show a difference: "+
			"give data.NAME.test", c.Job)
	}
	return p, nil
}

// hasLabels reports whether a task has examples with a label in a split.
func hasLabels(s *train.Setup, task int, split job.Split) bool {
	c := s.Data.Sets[s.Job.SetOf(task)].Split(split)
	if c == nil {
		return false
	}
	for i := range c.Targets {
		if c.Targets[i].Task == task {
			return len(c.Targets[i].Labelled) > 0
		}
	}
	return false
}

// explain adds the command for resuming to the error of an interruption.
func (c compareCommand) explain(err error) error {
	again := []string{"braid compare", quote(c.Job), "--out", quote(c.Out), "--seeds", fmt.Sprint(c.Seeds), "--against",
		quote(c.Against)}
	again = append(again, parallelFlag(c.Parallel)...)
	again = append(again, flags("--arm", c.Arm)...)
	return stoppedStudy(err, c.Out, append(again, flags("--set", c.Set)...))
}
