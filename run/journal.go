package run

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"sync"
	"time"
)

// Entry is an event of a run, a line of the journal. Training does not depend on the journal.
type Entry struct {
	Time    time.Time      `json:"time"`
	Event   string         `json:"event"`
	Step    uint64         `json:"step"` // steps done
	Message string         `json:"message,omitempty"`
	Fields  map[string]any `json:"fields,omitempty"`
}

// Events of the journal.
const (
	EventStarted      = "started"
	EventResumed      = "resumed"
	EventTakeover     = "takeover" // a coordinator of a later term continues the run
	EventCheckpointed = "checkpointed"
	EventUnsaved      = "checkpoint_failed" // training continues; the next checkpoint is the next attempt
	EventFetched      = "fetched"           // a checkpoint was fetched from a copy that another coordinator made
	EventSkipped      = "skipped"           // a checkpoint could not be used
	EventLost         = "candidate_lost"    // the checkpoint of a candidate is not in the directory
	EventSelected     = "selected"          // braid select made another step the model
	EventNotFinite    = "not_finite"        // a step was not applied
	EventStored       = "stored_again"      // lost data were stored again in NATS
	EventQuarantined  = "quarantined"
	EventWithdrawn    = "withdrawn" // steps were withdrawn and are retrained
	EventWaiting      = "waiting"
	EventWaited       = "waited"           // a wait has ended
	EventOmitted      = "outcomes_omitted" // outcomes of a task are too large to be kept
	EventStopped      = "stopped"
	EventFailed       = "failed"
	EventFinished     = "finished"
)

// Fields of entries.
const (
	// Of started and resumed.
	FieldJobDir = "job_dir" // directory at which the job's relative paths start
	FieldSteps  = "steps"   // of the whole training
	FieldTerm   = "term"    // 0: trained in one process
	FieldKernel = "kernel"  // class of the kernels; classes differ in the last bits of results
	FieldPID    = "pid"

	FieldInARow = "in_a_row" // of checkpoint_failed: number of failures since the last success

	FieldSince   = "since"   // of waiting, RFC 3339
	FieldSeconds = "seconds" // of waited
)

// JobDir returns the directory at which relative paths in a run's job start. It returns false if the
// journal does not name it.
func JobDir(dir string) (string, bool) {
	entries, err := ReadJournal(dir)
	if err != nil {
		return "", false
	}
	for _, e := range slices.Backward(entries) {
		if base, ok := e.Fields[FieldJobDir].(string); ok {
			return base, true
		}
	}
	return "", false
}

// LastTerm returns the term of the last coordinator of a run, 0 if there was none or the journal does not name it.
func LastTerm(dir string) uint64 {
	entries, err := ReadJournal(dir)
	if err != nil {
		return 0
	}
	for _, e := range slices.Backward(entries) {
		if term := number(&e, FieldTerm); term > 0 {
			return term
		}
	}
	return 0
}

// Journal appends entries to a file. It is safe for concurrent use. A nil Journal drops entries.
type Journal struct {
	mu   sync.Mutex
	file *os.File
}

func openJournal(path string) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	return &Journal{file: f}, endLine(f)
}

// endLine ends a torn last line of a killed process, so that the next line can be read.
func endLine(f *os.File) error {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = f.Write([]byte("\n"))
	return err
}

// Note appends an entry. It sets the entry's time if that is zero.
func (j *Journal) Note(e Entry) error {
	if j == nil {
		return nil
	}
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err = j.file.Write(append(line, '\n'))
	return err
}

// Close syncs the journal to disk and closes it.
func (j *Journal) Close() error {
	return errors.Join(j.file.Sync(), j.file.Close())
}
