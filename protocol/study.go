package protocol

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Study carries requests of workers to the coordinator of a study. Control. The answer goes to the request's Inbox.
func (f FleetName) Study() string { return f.subject("study") }

// StudySetupItem is the item of a run's manifest that holds what its setup has in addition to its data.
const StudySetupItem = "setup"

// Kinds of a StudyRequest.
const (
	StudyAsk    = "ask"    // for a run to train
	StudyBeat   = "beat"   // the worker trains Run; Copy is its newest checkpoint in the store, if it has changed
	StudyDone   = "done"   // Run is finished; Copy names its files
	StudyFailed = "failed" // Run cannot be trained: Why
)

// StudyRequest is a message of a worker that trains whole runs.
type StudyRequest struct {
	Kind   string `json:"kind"`
	Worker string `json:"worker"` // name and random session, so that two processes are two workers
	Inbox  string `json:"inbox"`
	Seq    uint64 `json:"seq"` // of the call; a call repeats its request until there is an answer
	Run    int    `json:"run"`
	Name   string `json:"name,omitempty"` // of the run, from the answer: Run may be of another study
	Copy   Copy   `json:"copy"`
	Why    string `json:"why,omitempty"`
}

// Kinds of a StudyAnswer.
const (
	StudyTrain = "train" // Run, whose job and data Manifest names, from Copy
	StudyWait  = "wait"  // all runs that are left are being trained
	StudyOver  = "over"  // all runs are finished
	StudyGo    = "go"    // of a beat: continue; of done and failed: received
	StudyDrop  = "drop"  // the run is another worker's
)

// StudyAnswer is the answer of the coordinator of a study.
type StudyAnswer struct {
	Kind     string `json:"kind"`
	Run      int    `json:"run"`
	Name     string `json:"name,omitempty"` // of the run's directory
	Manifest string `json:"manifest,omitempty"`
	Copy     Copy   `json:"copy"` // no hash: from the start
}

// Bounds of messages about studies.
const (
	MaxStudyMessage = 8 << 10
	MaxStudyRuns    = 100_000
	maxInbox        = 200
)

// EncodeStudy returns a request or an answer as bytes.
func EncodeStudy(m any) []byte {
	if r, ok := m.(StudyRequest); ok {
		r.Why = printable(r.Why)
		m = r
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings and numbers alone
	}
	return b
}

// ParseStudyRequest reads a request; any bytes are safe.
func ParseStudyRequest(b []byte) (r StudyRequest, err error) {
	if err := parseStudy(b, &r); err != nil {
		return r, err
	}
	switch {
	case r.Run < 0 || r.Run >= MaxStudyRuns:
		return r, fmt.Errorf("study request: run %d", r.Run)
	case len(r.Worker) == 0 || len(r.Worker) > 2*maxName+1 || printable(r.Worker) != r.Worker:
		return r, fmt.Errorf("study request: worker %.70q", r.Worker)
	case len(r.Name) > maxName:
		return r, fmt.Errorf("study request: run %.70q", r.Name)
	case !isInbox(r.Inbox):
		return r, fmt.Errorf("study request: inbox %.70q", r.Inbox)
	}
	r.Why = printable(r.Why)
	return r, r.Copy.check()
}

// isInbox reports whether a subject may be that of replies. Subjects of NATS itself and of fleets are refused: there,
// an answer would be a command with the coordinator's permissions.
func isInbox(subject string) bool {
	return len(subject) > 0 && len(subject) <= maxInbox && !strings.ContainsAny(subject, "*> \t\r\n") &&
		!strings.HasPrefix(subject, "$") && !strings.HasPrefix(subject, "braid.")
}

// ParseStudyAnswer reads an answer; any bytes are safe.
func ParseStudyAnswer(b []byte) (a StudyAnswer, err error) {
	if err := parseStudy(b, &a); err != nil {
		return a, err
	}
	switch {
	case a.Run < 0 || a.Run >= MaxStudyRuns:
		return a, fmt.Errorf("study answer: run %d", a.Run)
	case a.Kind == StudyTrain && !IsHash(a.Manifest):
		return a, fmt.Errorf("study answer: manifest %.70q is not a hash", a.Manifest)
	}
	return a, a.Copy.check()
}

func parseStudy(b []byte, m any) error {
	if len(b) > MaxStudyMessage {
		return fmt.Errorf("study message of %d bytes, at most %d are expected", len(b), MaxStudyMessage)
	}
	return json.Unmarshal(b, m)
}

// check returns an error unless the copy is empty or names a manifest.
func (c Copy) check() error {
	if c.Manifest != "" && !IsHash(c.Manifest) {
		return fmt.Errorf("study message: %.70q is not a hash", c.Manifest)
	}
	return nil
}
