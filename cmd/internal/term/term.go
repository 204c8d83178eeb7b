package term

import (
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"braid/internal/plain"
	"braid/job"
	"braid/run"
	"braid/train"

	xterm "golang.org/x/term"
)

// redraw is how often the moving line is drawn at most.
const redraw = 100 * time.Millisecond

// Screen draws the events of a training. Safe for several goroutines.
type Screen struct {
	mu    sync.Mutex
	out   io.Writer
	width func() int // of the terminal; nil: no terminal
	tasks []string   // by index

	drawn  time.Time
	line   bool // a moving line stands on the screen
	pace   pace
	losses []average // by task
	scores []string  // by task: metric and value of the last evaluation
}

// NewScreen returns a screen on out that knows the job's tasks by index. It moves if out
// is a terminal.
func NewScreen(out *os.File, tasks []string) *Screen {
	s := &Screen{out: out, tasks: tasks, losses: make([]average, len(tasks)), scores: make([]string, len(tasks))}
	if xterm.IsTerminal(int(out.Fd())) {
		s.width = func() int {
			if w, _, err := xterm.GetSize(int(out.Fd())); err == nil && w > 0 {
				return w
			}
			return 80
		}
	}
	return s
}

// Moving says whether the screen is a terminal.
func (s *Screen) Moving() bool { return s.width != nil }

// Status shows a passing message: only a terminal sees it, and the next line wipes it.
func (s *Screen) Status(message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.width != nil {
		s.move(message)
	}
}

// Event draws one event.
func (s *Screen) Event(e train.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := e.(type) {
	case train.Started:
		s.print(started(e))
	case train.Stepped:
		s.stepped(e)
	case train.Evaluated:
		s.evaluated(e)
	case train.Withdrew:
		s.print(fmt.Sprintf("going on from step %s: %s", Count(e.Step), e.Why))
	case train.Skipped:
		s.print(fmt.Sprintf("checkpoint of step %d skipped: %v", e.Step, e.Why))
	case train.Unsaved:
		s.print(e.String())
	case train.Waiting:
		if s.width != nil {
			s.move(e.What)
		} else {
			s.print(e.What)
		}
	case train.Finished:
		s.wipe()
	}
}

func started(e train.Started) string {
	from := Counted(e.Steps, "step")
	if e.Step > 0 {
		from = fmt.Sprintf("steps %s to %s", Count(e.Step+1), Count(e.Steps))
	}
	return fmt.Sprintf("%s: %s, %s, %s, %s, %s, into %s", e.Job, from, Counted(uint64(e.Params), "parameter"),
		Counted(uint64(e.Words), "word"), Counted(uint64(e.Shards), "shard"), Counted(uint64(e.Workers), "worker"), e.Dir)
}

func (s *Screen) stepped(e train.Stepped) {
	s.pace.add(e.Tokens, e.Took)
	if e.Skipped != nil {
		s.print("not applied: " + e.Skipped.Error())
		return
	}
	for i, t := range e.Tasks {
		s.losses[t].add(e.Loss[i])
	}
	if s.width != nil && (time.Since(s.drawn) >= redraw || e.Step == e.Steps) {
		s.move(s.progress(e))
	}
}

// progress is the moving line: bar, steps, speed, time left, and each task's loss and score.
func (s *Screen) progress(e train.Stepped) string {
	const cells = 16
	full := int(e.Step * cells / max(e.Steps, 1))
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s %s/%s  %s tokens/s  %s left", strings.Repeat("█", full), strings.Repeat("░", cells-full),
		Count(e.Step), Count(e.Steps), Count(uint64(s.pace.tokens())), Span(s.pace.left(e.Steps-e.Step)))
	for t, name := range s.tasks {
		fmt.Fprintf(&b, "  %s", name)
		if s.losses[t].any {
			fmt.Fprintf(&b, " loss %.3f", s.losses[t].value)
		}
		if s.scores[t] != "" {
			fmt.Fprintf(&b, " %s", s.scores[t])
		}
	}
	return b.String()
}

// evaluated prints the line that a pipe sees too.
func (s *Screen) evaluated(e train.Evaluated) {
	var b strings.Builder
	mark := " "
	if e.Best {
		mark = "*"
	}
	fmt.Fprintf(&b, "step %s/%s  %s %.4f%s", Count(e.Step), Count(e.Steps), e.Split, e.Mean, mark)
	for _, t := range e.Tasks {
		fmt.Fprintf(&b, "  %s %s %s loss %s", t.Task, MetricLabel(t.Metric), Figure(t.Main), Figure(t.Loss))
		if i := slices.Index(s.tasks, t.Task); i >= 0 {
			s.scores[i] = MetricLabel(t.Metric) + " " + Figure(t.Main)
		}
	}
	if speed := s.pace.tokens(); speed > 0 {
		fmt.Fprintf(&b, "  %s tokens/s", Count(uint64(speed)))
	}
	s.print(b.String())
}

// Print writes a line that stays.
func (s *Screen) Print(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print(line)
}

func (s *Screen) print(line string) {
	s.wipe()
	plain.Fprintln(s.out, line)
}

// move replaces the moving line.
func (s *Screen) move(line string) {
	runes := []rune(plain.Text(line))
	if width := s.width() - 1; len(runes) > width {
		runes = runes[:max(width, 0)]
	}
	s.control("\r\x1b[K" + string(runes))
	s.line, s.drawn = true, time.Now()
}

func (s *Screen) wipe() {
	if s.line {
		s.control("\r\x1b[K")
		s.line = false
	}
}

// control writes what a terminal obeys: our own sequences, and text that plain let pass.
func (s *Screen) control(sequence string) { _, _ = io.WriteString(s.out, sequence) }

// Wipe removes the moving line, so that others can print.
func (s *Screen) Wipe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe()
}

// average forgets with a memory of some twenty values.
type average struct {
	value float64
	any   bool
}

func (a *average) add(v float64) {
	if !a.any {
		a.value, a.any = v, true
		return
	}
	a.value += (v - a.value) / 20
}

// pace is the speed of the last steps.
type pace struct {
	tokensStep, secondsStep average
}

func (p *pace) add(tokens int, took time.Duration) {
	p.tokensStep.add(float64(tokens))
	p.secondsStep.add(took.Seconds())
}

func (p *pace) tokens() float64 {
	if p.secondsStep.value <= 0 {
		return 0
	}
	return p.tokensStep.value / p.secondsStep.value
}

func (p *pace) left(steps uint64) time.Duration {
	return time.Duration(float64(steps) * p.secondsStep.value * float64(time.Second))
}

// Count writes a number with commas between thousands.
func Count(n uint64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Counted writes a number and the noun that it counts, in the plural unless the number is 1.
func Counted(n uint64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Count(n) + " " + noun
}

// Span writes a duration for people: 42s, 3m05s, 2h07m.
func Span(d time.Duration) string {
	seconds := int(d.Seconds() + 0.5)
	switch {
	case seconds < 60:
		return fmt.Sprintf("%ds", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%dm%02ds", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%dh%02dm", seconds/3600, seconds/60%60)
}

// Time writes seconds as Span does.
func Time(seconds float64) string { return Span(time.Duration(seconds * float64(time.Second))) }

// Table writes rows in columns: the first left, the others right-aligned if numeric says so.
// It escapes the cells in place, so that a cell's width is what stands on the screen.
func Table(w io.Writer, numeric []bool, rows [][]string) {
	widths := make([]int, len(numeric))
	for _, row := range rows {
		for i, cell := range row {
			row[i] = plain.Text(cell)
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-len([]rune(cell)))
			if numeric[i] {
				cell = gap + cell
			} else {
				cell += gap
			}
			if i > 0 {
				b.WriteString("  ")
			}
			b.WriteString(cell)
		}
		plain.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// Summary prints the table of scores of a finished run, tasks and metrics in the given order.
func Summary(w io.Writer, s *run.Summary, tasks []string) {
	rows := [][]string{{"task", "metric", "dev", "test", "floor"}}
	for _, name := range tasks {
		t := s.Tasks[name]
		label := name
		metrics := t.Dev
		if len(metrics) == 0 {
			metrics = t.Test
		}
		for _, metric := range MetricNames(metrics, t.Metric) {
			rows = append(rows, []string{label, MetricLabel(metric), cell(t.Dev, metric), cell(t.Test, metric), cell(t.Floor, metric)})
			label = ""
		}
	}
	for _, name := range sortedNames(s.Data) {
		d := s.Data[name]
		rows = append(rows, []string{name, "joint_accuracy", cell(d.Dev, "joint_accuracy"), cell(d.Test, "joint_accuracy"), ""})
	}
	Table(w, []bool{false, false, true, true, true}, rows)
	for _, name := range s.NeverTrained {
		plain.Fprintf(w, "task %s was never trained: no step before that of this model drew it, and its scores are those of chance; braid check prints the steps of every task\n", name)
	}
	if s.SkippedSteps > 0 {
		plain.Fprintf(w, "%s of %s steps were not finite and were not applied\n", Count(s.SkippedSteps), Count(s.Steps))
	}
}

// MetricLabel is a metric's name as people see it: an error has an arrow, for less is better.
func MetricLabel(metric string) string {
	if job.DirectionOf(metric) == job.LowerIsBetter {
		return metric + "↓"
	}
	return metric
}

// MetricNames lists the names of metrics, the main one first.
func MetricNames(metrics map[string]float64, main string) []string {
	names := sortedNames(metrics)
	slices.SortStableFunc(names, func(a, b string) int {
		switch main {
		case a:
			return -1
		case b:
			return 1
		}
		return 0
	})
	return names
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func cell(metrics map[string]float64, name string) string {
	v, ok := metrics[name]
	if !ok {
		return ""
	}
	return Figure(v)
}

// Figure writes a score or a loss: four digits behind the point, or four in all where an
// error of large or small targets needs an exponent.
func Figure(v float64) string {
	if size := math.Abs(v); size >= 1e9 || size > 0 && size < 1e-4 {
		return fmt.Sprintf("%.4g", v)
	}
	return fmt.Sprintf("%.4f", v)
}

// IsTerminal says whether a person is at the other end of f.
func IsTerminal(f *os.File) bool { return xterm.IsTerminal(int(f.Fd())) }
