package term

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"braid/internal/plain"
	"braid/train"

	xterm "golang.org/x/term"
)

// redraw is the least time between two drawings of the progress line.
const redraw = 100 * time.Millisecond

// Screen shows the events of a training. It is safe for concurrent use.
type Screen struct {
	mu    sync.Mutex
	out   io.Writer
	width func() int // of the terminal, in characters; nil: the output is not a terminal
	tasks []string   // by index

	drawn  time.Time // when the progress line was last drawn
	line   bool      // a progress line is on the screen
	speed  speed
	losses []average // by task
	scores []string  // by task: metric and value of the last evaluation
}

// NewScreen returns a screen on out for a job with these task names. It shows a progress line if out is
// a terminal.
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

// Moving reports whether the screen shows a progress line.
func (s *Screen) Moving() bool { return s.width != nil }

// Status shows a transient message on a terminal. The next line replaces it.
func (s *Screen) Status(message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.width != nil {
		s.move(message)
	}
}

// Event shows an event.
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
		s.print(fmt.Sprintf("training continues from step %s: %s", Count(e.Step), e.Why))
	case train.Skipped:
		s.print(fmt.Sprintf("checkpoint of step %d skipped: %v", e.Step, e.Why))
	case train.Unsaved:
		s.print(e.String())
	case train.Waiting:
		if s.width != nil {
			s.move(e.Cause)
		} else {
			s.print(e.Cause)
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
	s.speed.add(e.Tokens, e.Took)
	if e.Skipped != nil {
		s.print("skipped: " + e.Skipped.Error())
		return
	}
	for i, t := range e.Tasks {
		s.losses[t].add(e.Loss[i])
	}
	if s.width != nil && (time.Since(s.drawn) >= redraw || e.Step == e.Steps) {
		s.move(s.progress(e))
	}
}

// Print prints a line above the progress line.
func (s *Screen) Print(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print(line)
}

func (s *Screen) print(line string) {
	s.wipe()
	plain.Fprintln(s.out, line)
}

// move redraws the progress line.
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

// control writes terminal control sequences and text that plain.Text has escaped.
func (s *Screen) control(sequence string) { _, _ = io.WriteString(s.out, sequence) }

// Wipe removes the progress line, so that other text can be printed.
func (s *Screen) Wipe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe()
}

// IsTerminal reports whether f is a terminal.
func IsTerminal(f *os.File) bool { return xterm.IsTerminal(int(f.Fd())) }
