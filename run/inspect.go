package run

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// speedSteps is the number of last steps from which the speed is computed.
const speedSteps = 200

// Inspect reads the status of a run and changes nothing. It notes damaged files in the status. It returns
// an error if dir is not a run directory.
func Inspect(dir string) (*Status, error) {
	j, err := ReadJob(dir)
	if err != nil {
		return nil, err
	}
	s := &Status{Dir: dir, Job: j.Name, JobHash: j.Hash()}
	entries := note(s, dir, ScanJournal)
	lines := note(s, dir, ScanMetrics)
	s.measure(lines)
	if info, err := os.Stat(filepath.Join(dir, MetricsFile)); err == nil {
		s.Seen = info.ModTime()
	}
	steps, err := OpenReadOnly(dir, j).Steps()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if n := len(steps); n > 0 {
		s.Checkpoint = steps[n-1]
		s.Step = max(s.Step, s.Checkpoint)
	}
	last := s.follow(entries)
	pid, held, err := holder(filepath.Join(dir, lockFile))
	if err != nil {
		s.LockError = err.Error()
	}
	if s.Summary, err = ReadSummary(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.Damage = append(s.Damage, Damage{File: filepath.Join(dir, SummaryFile), Lines: []int{1}})
	}
	s.decide(last, pid, held)
	return s, nil
}

// note reads a file of lines and adds its damage to the status.
func note[T any](s *Status, dir string, read func(string) ([]T, Damage, error)) []T {
	all, damage, err := read(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		damage.Lines = append(damage.Lines, len(all)+1)
	}
	if damage.Any() {
		s.Damage = append(s.Damage, damage)
	}
	return all
}

// measure computes step, speed and best score from the metrics.
func (s *Status) measure(lines []Metric) {
	tokens, seconds, n := 0, 0.0, 0
	for _, m := range slices.Backward(lines) {
		if m.Kind == "step" && n < speedSteps {
			s.Step = max(s.Step, m.Step)
			tokens, seconds, n = tokens+m.Tokens, seconds+m.Seconds, n+1
		}
		if m.Kind == "evaluation" && m.Best && s.Best.Step == 0 {
			s.Best = Best{Step: m.Step, Score: m.Mean}
		}
	}
	if seconds > 0 {
		s.StepSeconds, s.TokensPerSecond = seconds/float64(n), float64(tokens)/seconds
	}
}

// follow reads the journal into the status. It returns the last entry of a start, a resume, a wait or an end;
// nil if there is none.
func (s *Status) follow(entries []Entry) *Entry {
	var last *Entry
	step := uint64(0) // the largest since the last resume, which may have gone back
	for i := range entries {
		e := &entries[i]
		switch e.Event {
		case EventStarted, EventResumed:
			s.Began, s.Ended, s.Since = e.Time, time.Time{}, time.Time{}
			s.Steps, s.Term = number(e, FieldSteps), number(e, FieldTerm)
			step = 0
			s.Skipped, s.Unsaved = nil, nil
			for _, before := range slices.Backward(entries[:i]) { // skipped entries precede the resume that skipped
				if before.Event != EventSkipped && before.Event != EventTakeover {
					break
				}
				if before.Event == EventSkipped {
					s.Skipped = append(s.Skipped, before)
				}
			}
			last = e
		case EventTakeover, EventQuarantined, EventStored:
			s.Notable = append(s.Notable, *e)
		case EventWithdrawn:
			s.Notable = append(s.Notable, *e)
			step = 0 // the metrics and the checkpoints name the step at which training continued
		case EventNotFinite:
			s.NotFinite++
		case EventWaiting:
			if text, ok := e.Fields[FieldSince].(string); ok {
				s.Since, _ = time.Parse(time.RFC3339Nano, text)
			}
			last = e
		case EventUnsaved:
			s.Unsaved = e
		case EventCheckpointed:
			s.Unsaved = nil
		case EventWaited:
			if last != nil && last.Event == EventWaiting {
				last = e
			}
		case EventStopped, EventFailed, EventFinished:
			s.Ended = e.Time
			last = e
		}
		if e.Time.After(s.Seen) {
			s.Seen = e.Time
		}
		if e.Event != EventSkipped && e.Event != EventWithdrawn { // their steps do not exist any more
			step = max(step, e.Step)
		}
	}
	s.Step = max(s.Step, step)
	return last
}

// number returns a field that is a whole number.
func number(e *Entry, field string) uint64 {
	v, _ := e.Fields[field].(float64)
	return uint64(max(v, 0))
}
