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
	Job     string   `arg:"" help:"${job}" placeholder:"JOB.yaml"`
	Out     string   `help:"${train_out}" placeholder:"DIR"`
	Workers int      `help:"${workers}" placeholder:"N"`
	Resume  bool     `help:"${resume}"`
	Set     []string `help:"${set}" placeholder:"KEY=VALUE" sep:"none"`
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
	// First, because reading the data may take long.
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
			plain.Fprintf(s.out, "%d more data sets have examples longer than max_tokens: braid check %s lists them\n",
				len(cuts)-i, quote(c.Job))
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

// explain adds the command for resuming to the error of an interruption.
func (c trainCommand) explain(err error) error {
	var interrupted *train.Interrupted
	if !errors.As(err, &interrupted) {
		return err
	}
	again := []string{"braid train", quote(c.Job), "--resume", "--out", quote(c.Out)}
	for _, set := range c.Set {
		again = append(again, "--set", quote(set))
	}
	return &term.Hint{Err: err, Hint: "to resume: " + strings.Join(again, " ")}
}

// quote quotes a word for a shell if it needs quotes. A word with control characters takes the form $'…' of bash,
// zsh and POSIX 2024, which can be displayed.
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
