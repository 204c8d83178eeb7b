package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"braid/job"
)

// Phase is what a run is doing, or how it ended.
type Phase string

// The phases of a run.
const (
	PhaseFinished Phase = "finished" // has its summary
	PhaseRunning  Phase = "running"  // a process holds the lock
	PhaseWaiting  Phase = "waiting"  // so too, and its fleet has not answered for a while
	PhaseStopped  Phase = "stopped"  // asked to, or because another coordinator leads
	PhaseFailed   Phase = "failed"   // with an error
	PhaseDied     Phase = "died"     // nobody holds the lock, and the journal has no end
)

// Status is what a run directory says of itself, from its files alone.
type Status struct {
	Dir     string `json:"dir"`
	Job     string `json:"job"`
	JobHash string `json:"job_hash"`
	Phase   Phase  `json:"phase"`

	PID       int       `json:"pid,omitempty"`        // of who holds the lock
	LockError string    `json:"lock_error,omitempty"` // why it is not known whether one does
	Began     time.Time `json:"began,omitzero"`       // started or last resumed
	Seen      time.Time `json:"seen,omitzero"`        // the newest sign of life
	Term      uint64    `json:"term,omitempty"`       // above 0: led by a coordinator

	Step            uint64  `json:"step"`            // the last one that is known
	Steps           uint64  `json:"steps,omitempty"` // of the whole training; 0: not known
	StepSeconds     float64 `json:"step_seconds,omitempty"`
	TokensPerSecond float64 `json:"tokens_per_second,omitempty"`
	Checkpoint      uint64  `json:"checkpoint,omitempty"` // newest step that one is there of; 0: none
	Best            Best    `json:"best"`                 // of the evaluations

	Message string    `json:"message,omitempty"` // what is waited for, or why it ended
	Since   time.Time `json:"since,omitzero"`    // of waiting
	Ended   time.Time `json:"ended,omitzero"`

	Skipped   []Entry  `json:"skipped,omitempty"`    // checkpoints that the last resume could not use
	Notable   []Entry  `json:"notable,omitempty"`    // takeovers, quarantines, steps withdrawn
	NotFinite int      `json:"not_finite,omitempty"` // steps that were not applied
	Unsaved   *Entry   `json:"unsaved,omitempty"`    // the newest checkpoint that could not be written, if none was since
	Summary   *Summary `json:"summary,omitempty"`
	Damage    []Damage `json:"damage,omitempty"`
}

// paceSteps is over how many of the last steps speed is taken.
const paceSteps = 200

// Inspect reads what a run directory says, and changes nothing in it. Damaged files are
// noted in the status; only what is no run at all is an error.
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
	steps, err := Look(dir, j).Steps()
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

// ReadJob reads the job of a run directory; its relative paths start where those of the
// job that was trained did. Overrides ("data.NAME.train=FILE") may say where the data lie
// by now, but not make it another job.
func ReadJob(dir string, overrides ...string) (*job.Job, error) {
	path := filepath.Join(dir, JobFile)
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: no such run (%w): name the directory that training wrote, as runs/NAME", dir, errors.Unwrap(err))
	case !info.IsDir():
		return nil, fmt.Errorf("%s: is a file, not the directory of a run: name the directory that training wrote, as runs/NAME", dir)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("%s: is no run: it holds no %s: name the directory that training wrote, as runs/NAME", dir, JobFile)
	}
	if _, err := os.Stat(filepath.Join(dir, JournalFile)); err != nil {
		if _, err := os.Stat(filepath.Join(dir, MetricsFile)); err != nil {
			return nil, fmt.Errorf("%s: is no run: it holds neither %s nor %s: name the directory that training wrote, as runs/NAME", dir, JournalFile, MetricsFile)
		}
	}
	j, err := job.Load(path)
	if err != nil {
		return nil, err
	}
	if len(overrides) > 0 {
		was := j.Hash()
		if j, err = job.Load(path, overrides...); err != nil {
			return nil, err
		}
		if j.Hash() != was {
			return nil, fmt.Errorf("--set %s: makes it another job than that of %s: change nothing but where the data lie, as data.NAME.train=FILE", strings.Join(overrides, " --set "), dir)
		}
	}
	if base, ok := JobDir(dir); ok {
		j.Dir = base
	}
	return j, nil
}

// note reads one file of lines; what is wrong with it goes into the status.
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

// measure takes step, speed and best score from the metrics.
func (s *Status) measure(lines []Metric) {
	tokens, seconds, n := 0, 0.0, 0
	for _, m := range slices.Backward(lines) {
		if m.Kind == "step" && n < paceSteps {
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

// follow walks through the journal and returns its last word: the last entry that began or
// ended something, or that waits.
func (s *Status) follow(entries []Entry) *Entry {
	var last *Entry
	step := uint64(0) // since the last resume, which may have gone back
	for i := range entries {
		e := &entries[i]
		switch e.Event {
		case EventStarted, EventResumed:
			s.Began, s.Ended, s.Since = e.Time, time.Time{}, time.Time{}
			s.Steps, s.Term = number(e, FieldSteps), number(e, FieldTerm)
			step = 0
			s.Skipped, s.Unsaved = nil, nil
			for _, before := range slices.Backward(entries[:i]) { // they come before the resume that they are of
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
			step = 0 // the metrics and the checkpoints say where it went on
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
		if e.Event != EventSkipped && e.Event != EventWithdrawn { // these are of steps that are not there
			step = max(step, e.Step)
		}
	}
	s.Step = max(s.Step, step)
	return last
}

// number reads a field that is a whole number.
func number(e *Entry, field string) uint64 {
	v, _ := e.Fields[field].(float64)
	return uint64(max(v, 0))
}

// decide says what phase all that amounts to.
func (s *Status) decide(last *Entry, pid int, held bool) {
	event := ""
	if last != nil {
		event, s.Message = last.Event, last.Message
	}
	switch {
	case s.Summary != nil:
		s.Phase, s.Message = PhaseFinished, ""
	case held:
		s.Phase, s.PID = PhaseRunning, pid
		switch event {
		case EventWaiting:
			s.Phase = PhaseWaiting
		case EventStopped, EventFailed, EventFinished: // by the one before, and this one has not begun
			s.Began, s.Ended, s.Message = time.Time{}, time.Time{}, ""
		default:
			s.Message = ""
		}
	case event == EventStopped:
		s.Phase = PhaseStopped
	case event == EventFailed:
		s.Phase = PhaseFailed
	default:
		s.Phase = PhaseDied
		s.Ended = time.Time{}
		switch event {
		case EventWaiting:
		case EventFinished:
			s.Message = "it had finished, but " + SummaryFile + " is missing"
		default:
			s.Message = ""
		}
	}
}
