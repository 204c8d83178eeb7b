package main

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strings"

	"braid/cmd/internal/term"
	"braid/data"
	"braid/internal/plain"
	"braid/job"
	"braid/run"
	"braid/train"
)

type trainCommand struct {
	Job     string   `arg:"" help:"Job file." placeholder:"JOB.yaml"`
	Out     string   `help:"Run directory. Default: runs/NAME, NAME being the job's." placeholder:"DIR"`
	Workers int      `help:"Goroutines that compute; the result does not depend on it. Default: all processors." placeholder:"N"`
	Resume  bool     `help:"Go on from the newest checkpoint in the run directory; from the start if there is none."`
	Set     []string `help:"Change a value of the job: training.epochs=3, tasks.0.weight=0.5. May be repeated." placeholder:"KEY=VALUE" sep:"none"`
}

// Help is shown below the flags of train --help.
func (trainCommand) Help() string {
	return `Examples:
  braid train examples/godoc.yaml
  braid train examples/snips.yaml --out runs/try --set training.epochs=5 --set encoder.lstm.hidden=128
  braid train examples/snips.yaml --resume        after Ctrl-C, a crash or a reboot

The run directory then holds job.yaml, metrics.jsonl, summary.json, checkpoints/ and model/.
The same job gives the same model, to the bit, whatever --workers is and however often it was resumed.
Ctrl-C writes a checkpoint and stops with exit code 130.`
}

// Run trains in this process.
func (c trainCommand) Run(ctx context.Context, s streams) error {
	j, err := job.Load(c.Job, c.Set...)
	if err != nil {
		return err
	}
	if c.Out == "" {
		c.Out = filepath.Join("runs", j.Name)
	}
	if c.Workers < 1 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	// Before the data are read, which may take a while.
	if err := run.Check(c.Out, j, c.Resume); err != nil {
		return err
	}
	screen := term.NewScreen(s.out, taskNames(j))
	defer screen.Wipe()
	setup, err := train.Open(ctx, j, screen.Status)
	if err != nil {
		return err
	}
	cuts := cutLines(j, data.Cuts(j, setup.Raw))
	for i, line := range cuts {
		if i == cutsShown {
			plain.Fprintf(s.out, "%d more data sets have longer examples than max_tokens: braid check %s lists them\n", len(cuts)-i, quote(c.Job))
			break
		}
		plain.Fprintln(s.out, line)
	}
	if n := len(data.Audit(j, setup.Raw, setup.Data)); n > 0 {
		plain.Fprintf(s.out, "%s in the data: braid check %s lists them\n", findings(n), quote(c.Job))
	}
	for _, s := range setup.Starved() {
		screen.Print(s.String())
	}
	fleet := setup.Local(c.Workers)
	defer fleet.Close()
	summary, err := train.Run(ctx, train.Config{Setup: setup, Fleet: fleet, Dir: c.Out, Resume: c.Resume,
		Events: screen.Event, Threads: c.Workers})
	if err != nil {
		screen.Wipe()
		return c.explain(err)
	}
	return report(ctx, s.out, c.Out, setup, summary)
}

// explain adds how to resume to an interruption.
func (c trainCommand) explain(err error) error {
	var interrupted *train.Interrupted
	if !errors.As(err, &interrupted) {
		return err
	}
	again := []string{"braid train", quote(c.Job), "--resume", "--out", quote(c.Out)}
	for _, set := range c.Set {
		again = append(again, "--set", quote(set))
	}
	return &term.Hint{Err: err, Hint: "to go on: " + strings.Join(again, " ")}
}

// quote makes a word safe for a shell, and leaves plain ones alone. A word with control
// characters takes the form $'…' of bash, zsh and POSIX 2024, which the screen can show.
func quote(word string) string {
	if escaped := plain.Text(word); escaped != word {
		return "$'" + strings.ReplaceAll(plain.Text(strings.ReplaceAll(word, `\`, `\\`)), "'", `\'`) + "'"
	}
	if word != "" && !strings.ContainsAny(word, " \t\n'\"\\$&|;<>()*?[]{}`!#~") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func taskNames(j *job.Job) []string {
	names := make([]string, len(j.Tasks))
	for i, t := range j.Tasks {
		names[i] = t.Name
	}
	return names
}
