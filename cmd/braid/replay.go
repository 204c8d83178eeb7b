package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"braid/cmd/internal/term"
	"braid/forensics"
	"braid/internal/kernel"
	"braid/internal/plain"
	"braid/run"
)

type replayCommand struct {
	Dir     string   `arg:"" name:"run" help:"${run}"`
	Step    uint64   `help:"${replay_step}" required:"" placeholder:"N"`
	From    *uint64  `help:"${replay_from}" placeholder:"M"`
	Shards  bool     `help:"${replay_shards}"`
	JSON    string   `help:"${replay_json}" placeholder:"FILE"`
	Workers int      `help:"${workers}" placeholder:"N"`
	Set     []string `help:"${moved}" placeholder:"KEY=VALUE" sep:"none"`
}

// Run replays a step and compares it with its record.
func (c replayCommand) Run(ctx context.Context, s streams) error {
	r, err := forensics.Open(c.Dir, c.Set)
	if err != nil {
		return err
	}
	recorded := r.Steps[c.Step]
	switch {
	case c.Step < 1:
		return fmt.Errorf("--step 0: steps are counted from 1")
	case recorded == nil && c.Step > r.Last:
		return fmt.Errorf("--step %d: %s has recorded %s", c.Step, c.Dir, term.Counted(r.Last, "step"))
	case recorded == nil:
		return fmt.Errorf("--step %d: %s has no record of it%s", c.Step, c.Dir, damaged(r))
	}
	screen := term.NewScreen(s.out, nil)
	replayed, err := r.Replay(ctx, forensics.ReplayRequest{Step: c.Step, From: c.From, Workers: c.Workers,
		Shards: c.Shards || c.JSON != "", Status: screen.Status})
	screen.Wipe()
	if err != nil {
		return err
	}
	figures := r.Figures(replayed)
	if c.JSON == "-" {
		if err := writeJSON(s.out, figures); err != nil {
			return err
		}
	} else {
		c.print(s, r, replayed)
		if err := saveJSON(c.JSON, figures); err != nil {
			return err
		}
	}
	return c.verdict(r, replayed)
}

func saveJSON(path string, v any) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("--json %s: %w", path, err)
	}
	if err := writeJSON(f, v); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func writeJSON(f *os.File, v any) error {
	out := json.NewEncoder(f)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

func (c replayCommand) print(s streams, r *forensics.RecordedRun, replayed *forensics.ReplayedStep) {
	for _, d := range r.Damage {
		plain.Fprintf(s.out, "damaged: %s\n", d)
	}
	for _, skipped := range replayed.Skipped {
		plain.Fprintf(s.out, "skipped: %s\n", skipped)
	}
	if note := r.KernelMismatch(); note != "" {
		plain.Fprintln(s.out, note)
	}
	plain.Fprintf(s.out, "%s: step %s replayed from %s, %s in between; kernel class %s (%s)\n\n", c.Dir,
		term.Count(c.Step),
		startOf(replayed), term.Counted(c.Step-1-replayed.From, "step"), kernel.Class(), kernel.Form())
	printRecords(s, r.Steps[c.Step], &replayed.Line, "recorded", "recomputed")
	if c.Shards {
		plain.Fprintln(s.out)
		printShards(s, replayed.Shards)
	}
	if replayed.Missing > 0 {
		plain.Fprintf(s.out, "\n%s in between: no record to compare with\n", term.Counted(uint64(replayed.Missing), "step"))
	}
}

// startOf names the state from which a replay started.
func startOf(replayed *forensics.ReplayedStep) string {
	if replayed.From == 0 {
		return "the initial parameters"
	}
	return fmt.Sprintf("the checkpoint of step %s", term.Count(replayed.From))
}

// verdict returns an error if a replayed step differs from its record.
func (c replayCommand) verdict(r *forensics.RecordedRun, replayed *forensics.ReplayedStep) error {
	if len(replayed.Differ) == 0 {
		return nil
	}
	first := replayed.Differ[0]
	names := strings.Join(r.Steps[first.Step].Differences(&first), ", ")
	if first.Step == c.Step {
		err := fmt.Errorf("%s: step %d differs from its record: %s", c.Dir, c.Step, names)
		if replayed.From == 0 {
			return err
		}
		return &term.Hint{Err: err,
			Hint: fmt.Sprintf("to find out whether the checkpoint of step %d is faulty: add --from %d",
				replayed.From, replayed.From-1)}
	}
	more := ""
	if n := len(replayed.Differ) - 1; n > 0 {
		more = fmt.Sprintf("; %s after it", term.Counted(uint64(n), "step"))
	}
	return fmt.Errorf("%s: step %d, before step %d, differs from its record: %s%s", c.Dir, first.Step, c.Step, names, more)
}

// printRecords prints two records of a step side by side.
func printRecords(s streams, a, b *run.Metric, left, right string) {
	rows := [][]string{{"", left, right, ""}}
	add := func(name, x, y string) {
		verdict := "equal"
		switch {
		case x == "" && y == "": // a step that was skipped has no checksum
			return
		case x == "" || y == "":
			verdict = "not recorded"
		case x != y:
			verdict = "differs"
		}
		rows = append(rows, []string{name, x, y, verdict})
	}
	add("task", strings.Join(a.Tasks, " "), strings.Join(b.Tasks, " "))
	add("tokens", fmt.Sprint(a.Tokens), fmt.Sprint(b.Tokens))
	for _, task := range union(a.Loss, b.Loss) {
		add("loss "+task, cellOf(a.Loss, task), cellOf(b.Loss, task))
	}
	add("checksum", a.Checksum, b.Checksum)
	if a.Skipped || b.Skipped {
		add("skipped", fmt.Sprint(a.Skipped), fmt.Sprint(b.Skipped))
	}
	add("norm", exact(a.GradNorm), exact(b.GradNorm))
	add("lr", exact(a.Rate), exact(b.Rate))
	term.Table(s.out, []bool{false, false, false, false}, rows)
}

func union(a, b map[string]float64) []string {
	both := map[string]bool{}
	for name := range a {
		both[name] = true
	}
	for name := range b {
		both[name] = true
	}
	return slices.Sorted(maps.Keys(both))
}

func cellOf(m map[string]float64, name string) string {
	if v, ok := m[name]; ok {
		return exact(v)
	}
	return ""
}

// exact formats a number so that parsing returns the same number.
func exact(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// damaged explains in parentheses why a record may be missing; "" if no file is damaged.
func damaged(r *forensics.RecordedRun) string {
	for _, d := range r.Damage {
		return " (" + d.String() + ")"
	}
	return ""
}
