package run

import "time"

// Phase is the phase of a run.
type Phase string

// The phases of a run.
const (
	PhaseFinished Phase = "finished" // it has a summary
	PhaseRunning  Phase = "running"  // a process holds the lock
	PhaseWaiting  Phase = "waiting"  // a process holds the lock and waits for the fleet
	PhaseStopped  Phase = "stopped"  // by a signal, or because another coordinator leads
	PhaseFailed   Phase = "failed"   // it ended with an error
	PhaseDied     Phase = "died"     // no process holds the lock, and the journal does not say how the run ended
)

// Status describes a run from the files in its directory.
type Status struct {
	Dir     string `json:"dir"`
	Job     string `json:"job"`
	JobHash string `json:"job_hash"`
	Phase   Phase  `json:"phase"`

	PID       int       `json:"pid,omitempty"`        // of the process that holds the lock; 0: unknown or none
	LockError string    `json:"lock_error,omitempty"` // why the state of the lock is unknown
	Began     time.Time `json:"began,omitzero"`       // of the last start or resume
	Seen      time.Time `json:"seen,omitzero"`        // of the newest entry in the files
	Term      uint64    `json:"term,omitempty"`       // of the coordinator; 0: trained in one process

	Step            uint64  `json:"step"`                   // the last known step
	Steps           uint64  `json:"steps,omitempty"`        // of the whole training; 0: unknown
	StepSeconds     float64 `json:"step_seconds,omitempty"` // mean of the last steps
	TokensPerSecond float64 `json:"tokens_per_second,omitempty"`
	Checkpoint      uint64  `json:"checkpoint,omitempty"` // step of the newest; 0: none
	Best            Best    `json:"best"`                 // of the evaluations

	Message string    `json:"message,omitempty"` // the reason of the wait or of the end
	Since   time.Time `json:"since,omitzero"`    // start of the wait
	Ended   time.Time `json:"ended,omitzero"`

	Skipped   []Entry `json:"skipped,omitempty"`    // checkpoints that the last resume could not use
	Notable   []Entry `json:"notable,omitempty"`    // takeovers, quarantines, withdrawn steps, data stored again
	NotFinite int     `json:"not_finite,omitempty"` // steps that were not applied
	// the newest failure to write a checkpoint, unless one was written since
	Unsaved *Entry   `json:"unsaved,omitempty"`
	Summary *Summary `json:"summary,omitempty"`
	Damage  []Damage `json:"damage,omitempty"`
}

// decide sets the phase. last is the last relevant entry of the journal; held is true if a process, pid,
// holds the lock.
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
		case EventStopped, EventFailed, EventFinished: // of the previous process; this one has not started yet
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
			s.Message = "it finished, but " + SummaryFile + " is missing"
		default:
			s.Message = ""
		}
	}
}
