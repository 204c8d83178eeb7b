package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"braid/cmd/internal/term"
	"braid/internal/plain"
	"braid/job"
	"braid/run"
	"braid/train"
)

type selectCommand struct {
	Dir     string   `arg:"" name:"run" help:"${select_run}"`
	Task    string   `help:"${select_task}" placeholder:"TASK"`
	Prefer  string   `help:"${select_prefer}" placeholder:"TASK=W,..."`
	Step    uint64   `help:"${select_step}" placeholder:"N"`
	Out     string   `help:"${select_out}" placeholder:"DIR"`
	Workers int      `help:"${workers}" placeholder:"N"`
	Set     []string `help:"${moved}" placeholder:"KEY=VALUE" sep:"none"`
}

// Run lists the candidates of a run, or makes one of them the model.
func (c selectCommand) Run(ctx context.Context, s streams) error {
	j, err := run.ReadJob(c.Dir, c.Set...)
	if err != nil {
		return err
	}
	state, err := run.OpenReadOnly(c.Dir, j).State()
	if err != nil {
		return err
	}
	if state == nil || len(state.Candidates) == 0 {
		return fmt.Errorf("%s: no candidates: the job has no dev split, cluster.candidates is off, the run has no "+
			"evaluation yet, or it is of an earlier version of Braid", c.Dir)
	}
	choice, err := c.choose(j, state)
	switch {
	case err != nil:
		return err
	case choice == nil:
		return c.list(s, j, state)
	}
	return c.apply(ctx, s, j, *choice)
}

// choose returns the choice of the flags; nil if there is none.
func (c selectCommand) choose(j *job.Job, state *run.State) (*train.Choice, error) {
	weights, given := map[string]float64{}, 0
	for _, flag := range []string{c.Task, c.Prefer} {
		if flag != "" {
			given++
		}
	}
	if c.Step > 0 {
		given++
	}
	switch {
	case given > 1:
		return nil, fmt.Errorf("--task, --prefer and --step choose in different ways: give one of them")
	case given == 0 && c.Out != "":
		return nil, fmt.Errorf("--out %s: nothing is chosen: give --task, --prefer or --step too", c.Out)
	case given == 0:
		return nil, nil
	case c.Step > 0:
		known := slices.ContainsFunc(state.Candidates, func(k run.Candidate) bool { return k.Step == c.Step })
		if !known && c.Step != state.Best.Step {
			return nil, fmt.Errorf("--step %d: no candidate: braid select %s lists them", c.Step, quote(c.Dir))
		}
		return &train.Choice{Step: c.Step, Why: fmt.Sprintf("step %d", c.Step), Out: c.Out}, nil
	case c.Task != "":
		weights[c.Task] = 1
		if err := checkPreference(j, c.Task); err != nil {
			return nil, fmt.Errorf("--task %s: %w", c.Task, err)
		}
	default:
		if err := parsePreference(j, c.Prefer, weights); err != nil {
			return nil, fmt.Errorf("--prefer %s: %w", c.Prefer, err)
		}
	}
	best := train.Prefer(state.Candidates, taskNames(j), weights)
	return &train.Choice{Step: best.Step, Why: c.Task + c.Prefer, Out: c.Out}, nil
}

// parsePreference reads slots=0.7,intent=0.3 into weights.
func parsePreference(j *job.Job, text string, weights map[string]float64) error {
	sum := 0.0
	for part := range strings.SplitSeq(text, ",") {
		name, number, _ := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		if err := checkPreference(j, name); err != nil {
			return err
		}
		weight, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(weight >= 0 && weight <= 1e9) {
			return fmt.Errorf("%q is no weight: write TASK=WEIGHT, as slots=0.7", number)
		}
		if _, twice := weights[name]; twice {
			return fmt.Errorf("task %s stands here twice: remove one", name)
		}
		weights[name] = weight
		sum += weight
	}
	if sum == 0 {
		return fmt.Errorf("all weights are 0: give one task a weight above 0")
	}
	return nil
}

func checkPreference(j *job.Job, task string) error {
	if names := taskNames(j); !slices.Contains(names, task) {
		return fmt.Errorf("the job has no task %q: it has %s", task, strings.Join(names, ", "))
	}
	return nil
}

// list prints the candidates with their scores on dev.
func (c selectCommand) list(s streams, j *job.Job, state *run.State) error {
	model := state.Best.Step
	if summary, err := run.ReadSummary(c.Dir); err == nil && summary.Selected != nil {
		model = summary.Selected.Step
	}
	header, numeric := []string{"step"}, []bool{true}
	for _, t := range j.Tasks {
		header, numeric = append(header, t.Name+" "+term.MetricLabel(t.Metric)), append(numeric, true)
	}
	rows, numeric := [][]string{append(header, "mean", "")}, append(numeric, true, false)
	for _, k := range state.Candidates {
		row, mean := []string{term.Count(k.Step)}, 0.0
		for _, t := range j.Tasks {
			mean += k.Selection[t.Name] / float64(len(k.Selection))
			cell := ""
			if score, ok := k.Scores[t.Name]; ok {
				cell = term.Figure(score)
			}
			row = append(row, cell)
		}
		rows = append(rows, append(row, term.Figure(mean), c.remark(j, state, k.Step, model)))
	}
	term.Table(s.out, numeric, rows)
	return nil
}

// remark lists the tasks for which a candidate is the best.
func (c selectCommand) remark(j *job.Job, state *run.State, step, model uint64) string {
	var remarks []string
	if step == model {
		remarks = append(remarks, "the model")
	}
	for _, t := range taskNames(j) {
		if train.Prefer(state.Candidates, taskNames(j), map[string]float64{t: 1}).Step == step {
			remarks = append(remarks, "best for "+t)
		}
	}
	if _, err := os.Stat(filepath.Join(c.Dir, run.SummaryFile)); err == nil && !c.has(j, step) {
		remarks = append(remarks, "its checkpoint is not here")
	}
	return strings.Join(remarks, "; ")
}

func (c selectCommand) has(j *job.Job, step uint64) bool { return run.OpenReadOnly(c.Dir, j).Has(step) }

// apply makes a candidate the model, and prints its scores.
func (c selectCommand) apply(ctx context.Context, s streams, j *job.Job, choice train.Choice) error {
	if c.Workers < 1 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	screen := term.NewScreen(s.out, taskNames(j))
	defer screen.Wipe()
	setup, err := train.Open(ctx, j, screen.Status)
	if err != nil {
		return err
	}
	fleet := setup.Local(c.Workers)
	defer fleet.Close()
	summary, err := train.Select(ctx, train.Config{Setup: setup, Fleet: fleet, Dir: c.Dir, Threads: c.Workers}, choice)
	screen.Wipe()
	if err != nil {
		return err
	}
	term.Summary(s.out, summary, taskNames(j))
	path := choice.Out
	if path == "" {
		path = filepath.Join(c.Dir, run.ModelDir)
	}
	plain.Fprintf(s.out, "\nstep %s is the model: %s  sha256 %s\n", term.Count(choice.Step), path, summary.ModelSHA256)
	return nil
}
