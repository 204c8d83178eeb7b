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
	"braid/internal/kernel"
	"braid/internal/plain"
	"braid/run"
)

type replayCommand struct {
	Dir     string   `arg:"" name:"run" help:"Run directory; the run may be under way."`
	Step    uint64   `help:"Step to take again, counted from 1 as everywhere." required:"" placeholder:"N"`
	From    *uint64  `help:"Begin at the newest sound checkpoint at or before step M, 0 being the initial parameters. Default: the nearest." placeholder:"M"`
	Shards  bool     `help:"Print the loss and checksum of each shard's gradient too."`
	JSON    string   `help:"Write all figures, the shards' too, into a file for braid diff; - is standard output." placeholder:"FILE"`
	Workers int      `help:"Goroutines that compute; the result does not depend on it. Default: all processors." placeholder:"N"`
	Set     []string `help:"Say where the data lie now: data.NAME.train=FILE. May be repeated." placeholder:"KEY=VALUE" sep:"none"`
}

// Help is shown below the flags.
func (replayCommand) Help() string {
	return `Starts at the nearest sound checkpoint before the step and compares every step on the way with its line
in metrics.jsonl, to the last bit: task, loss, norm, rate and the checksum of the gradient as it came
from the workers. Exit code 1 when one differs.

Examples:
  braid replay runs/snips --step 500
  braid replay runs/snips --step 500 --from 0           trust no checkpoint
  braid replay runs/snips --step 500 --shards --json here.json
  braid diff here.json there.json                       the first shard and tensor that two machines disagree on`
}

// replayed is what replay --json writes, and diff reads.
type replayed struct {
	Run        string         `json:"run"`
	Job        string         `json:"job"`
	JobHash    string         `json:"job_hash"`
	Kernel     string         `json:"kernel"` // class, form
	Form       string         `json:"form"`
	Step       uint64         `json:"step"`
	From       uint64         `json:"from"`          // the checkpoint's step, 0: the start
	Params     string         `json:"params_sha256"` // before the step
	Recorded   *run.Metric    `json:"recorded"`
	Recomputed run.Metric     `json:"recomputed"`
	Differs    []string       `json:"differs"`
	First      uint64         `json:"first_step_that_differs,omitempty"`
	Shards     []shardFigures `json:"shards,omitempty"`
}

// Run takes a step again.
func (c replayCommand) Run(ctx context.Context, s streams) error {
	p, err := openPast(c.Dir, c.Set)
	if err != nil {
		return err
	}
	recorded := p.steps[c.Step]
	switch {
	case c.Step < 1:
		return fmt.Errorf("--step 0: steps are counted from 1")
	case recorded == nil && c.Step > p.last:
		return fmt.Errorf("--step %d: %s has recorded %s", c.Step, c.Dir, term.Counted(p.last, "step"))
	case recorded == nil:
		return fmt.Errorf("--step %d: %s has no record of it%s", c.Step, c.Dir, damaged(p))
	}
	screen := term.NewScreen(s.out, nil)
	a, err := p.take(ctx, wish{step: c.Step, from: c.From, workers: c.Workers, shards: c.Shards || c.JSON != ""}, screen.Status)
	screen.Wipe()
	if err != nil {
		return err
	}
	out := replayed{Run: c.Dir, Job: p.job.Name, JobHash: p.job.Hash(), Kernel: kernel.Class(), Form: kernel.Form(), Step: c.Step,
		From: a.from, Params: a.params, Recorded: recorded, Recomputed: a.line, Differs: recorded.Differences(&a.line), Shards: a.shards}
	if len(a.differ) > 0 {
		out.First = a.differ[0].Step
	}
	if c.JSON == "-" {
		if err := writeJSON(s.out, out); err != nil {
			return err
		}
	} else {
		c.print(s, p, a, recorded)
		if err := saveJSON(c.JSON, out); err != nil {
			return err
		}
	}
	return c.verdict(p, a)
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

func (c replayCommand) print(s streams, p *past, a *again, recorded *run.Metric) {
	for _, d := range p.damage {
		plain.Fprintf(s.out, "damaged: %s\n", d)
	}
	for _, skipped := range a.skipped {
		plain.Fprintf(s.out, "skipped: %s\n", skipped)
	}
	if note := p.foreign(); note != "" {
		plain.Fprintln(s.out, note)
	}
	plain.Fprintf(s.out, "%s: step %s taken again %s, with %s before it; kernels %s (%s)\n\n", c.Dir, term.Count(c.Step), a.start(),
		steps(c.Step-1-a.from), kernel.Class(), kernel.Form())
	printRecords(s, recorded, &a.line, "recorded", "recomputed")
	if c.Shards {
		plain.Fprintln(s.out)
		printShards(s, a.shards)
	}
	if a.missing > 0 {
		plain.Fprintf(s.out, "\n%s on the way have no record\n", steps(uint64(a.missing)))
	}
}

// steps counts steps in words.
func steps(n uint64) string {
	switch n {
	case 0:
		return "none"
	case 1:
		return "1 step"
	}
	return term.Count(n) + " steps"
}

// verdict is the error of a replay that found something.
func (c replayCommand) verdict(p *past, a *again) error {
	if len(a.differ) == 0 {
		return nil
	}
	first := a.differ[0]
	names := strings.Join(p.steps[first.Step].Differences(&first), ", ")
	if first.Step == c.Step {
		err := fmt.Errorf("%s: step %d is not as recorded: %s", c.Dir, c.Step, names)
		if a.from == 0 {
			return err
		}
		return &term.Hint{Err: err, Hint: fmt.Sprintf("to see whether the checkpoint of step %d is at fault: add --from %d", a.from, a.from-1)}
	}
	more := ""
	if n := len(a.differ) - 1; n > 0 {
		more = fmt.Sprintf(", and %s after it", steps(uint64(n)))
	}
	return fmt.Errorf("%s: step %d, on the way, is not as recorded: %s%s", c.Dir, first.Step, names, more)
}

// printRecords puts two records of a step side by side.
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
	add("norm", exact(a.Norm), exact(b.Norm))
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

// exact writes a number so that it reads back as the same.
func exact(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// damaged says why a record may be missing.
func damaged(p *past) string {
	for _, d := range p.damage {
		return " (" + d.String() + ")"
	}
	return ""
}
