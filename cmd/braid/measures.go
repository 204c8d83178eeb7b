package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"braid/cmd/internal/term"
	"braid/internal/plain"
	"braid/measure"
	"braid/run"
)

type measuresCommand struct {
	Dir  string `arg:"" name:"run" help:"${run}"`
	From uint64 `default:"1" placeholder:"STEP" help:"${measures_from}"`
	To   uint64 `placeholder:"STEP" help:"${measures_to}"`
	JSON bool   `help:"${json}"`
}

// Run prints a summary of a run's measurements.
func (c measuresCommand) Run(s streams) error {
	if _, err := run.ReadJob(c.Dir); err != nil {
		return err
	}
	lines, err := run.ReadMetrics(c.Dir)
	if err != nil {
		return err
	}
	to := c.To
	if to == 0 {
		to = math.MaxUint64
	}
	summary, err := measure.Summarise(lines, c.From, to)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Dir, err)
	}
	if c.JSON {
		out := json.NewEncoder(s.out)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		return out.Encode(summary)
	}
	printMeasures(s.out, summary)
	return nil
}

func printMeasures(w io.Writer, s *measure.Summary) {
	plain.Fprintf(w, "%s, steps %s to %s, %s of the time of these steps\n",
		term.Counted(uint64(s.Measurements), "measurement"), term.Count(s.First), term.Count(s.Last), inPercent(s.Time))
	printAgreement(w, "encoder", s.Tasks, s.Encoder)
	printAgreement(w, "tables of embeddings", s.Tasks, s.Tables)
	printEffects(w, s)
	plain.Fprintf(w, "\nin parentheses: within two standard errors of 0\n")
}

// printEffects prints the effects of steps on the losses.
func printEffects(w io.Writer, s *measure.Summary) {
	if len(s.Effects) == 0 {
		return
	}
	plain.Fprintf(w, "\nlosses: percent by which a step of a task (row) lowers the loss of each task\n")
	rows := [][]string{append([]string{"  step of", "steps"}, columns(s.Tasks)...)}
	for _, e := range s.Effects {
		row := []string{"  all tasks", fmt.Sprint(e.Steps)}
		if t := slices.Index(s.Tasks, e.Of); t >= 0 {
			row[0] = "  " + numbered(s.Tasks, t)
		}
		for t, gain := range e.Gain {
			row = append(row, doubtful(100*gain, 100*e.Error[t], "%.3f"))
		}
		rows = append(rows, row)
	}
	term.Table(w, numeric(len(rows[0])), rows)
}

// printAgreement prints how gradients agree over a part of the parameters; nothing if a is nil.
func printAgreement(w io.Writer, part string, tasks []string, a *measure.Agreement) {
	if a == nil {
		return
	}
	plain.Fprintf(w, "\n%s\n", part)
	rows := [][]string{{"  task", "norm", "noise", "share of movement"}}
	for t := range tasks {
		rows = append(rows, []string{"  " + numbered(tasks, t), known(a.Norm[t], "%.4f"), known(a.Noise[t], "%.1f"),
			inPercent(a.Share[t])})
	}
	term.Table(w, numeric(4), rows)
	if len(tasks) < 2 {
		return
	}
	plain.Fprintf(w, "\n%s: cosines, corrected for noise above the diagonal, raw below it\n", part)
	rows = [][]string{append([]string{"  task"}, columns(tasks)...)}
	for i := range tasks {
		row := []string{"  " + numbered(tasks, i)}
		for j := range tasks {
			switch {
			case j > i:
				row = append(row, doubtful(a.Cosine[i][j], a.Error[i][j], "%.2f"))
			case j < i:
				row = append(row, known(a.Raw[i][j], "%.2f"))
			default:
				row = append(row, "")
			}
		}
		rows = append(rows, row)
	}
	term.Table(w, numeric(len(tasks)+1), rows)
	plain.Fprintf(w, "  two batches of the same task point apart in %s of measurements, of different tasks in %s\n",
		inPercent(a.NegativeSelf), inPercent(a.NegativeOther))
}

// wideTasks is the largest number of tasks whose names head the columns; of more tasks, numbers do.
const wideTasks = 6

// columns returns the headings of a matrix.
func columns(tasks []string) (heads []string) {
	for t, name := range tasks {
		if len(tasks) > wideTasks {
			name = fmt.Sprint(t + 1)
		}
		heads = append(heads, name)
	}
	return heads
}

// numbered returns the name of a task, with the number that heads its column.
func numbered(tasks []string, t int) string {
	if len(tasks) > wideTasks {
		return fmt.Sprintf("%d %s", t+1, tasks[t])
	}
	return tasks[t]
}

// numeric marks all columns but the first.
func numeric(n int) []bool {
	columns := make([]bool, n)
	for i := 1; i < n; i++ {
		columns[i] = true
	}
	return columns
}

// known formats a figure that is known.
func known(f measure.Figure, format string) string {
	if !f.Known() {
		return "?"
	}
	return fmt.Sprintf(format, float64(f))
}

// doubtful puts a figure in parentheses if it is within two standard errors of 0, or if its error is unknown.
func doubtful(f, err measure.Figure, format string) string {
	text := known(f, format)
	if f.Known() && !(math.Abs(float64(f)) > 2*float64(err)) {
		return "(" + text + ")"
	}
	return text
}

// inPercent formats a share.
func inPercent(f measure.Figure) string {
	if !f.Known() {
		return "?"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(f))
}
