package forensics

import (
	"encoding/json"
	"errors"
	"fmt"

	"braid/internal/kernel"
	"braid/internal/regular"
	"braid/run"
)

// Figures are the content of a file of braid replay --json: one replayed step, for comparison with
// the same step on another machine.
type Figures struct {
	Run        string         `json:"run"`
	Job        string         `json:"job"`
	JobHash    string         `json:"job_hash"`
	Kernel     string         `json:"kernel"` // class
	Form       string         `json:"form"`   // of the kernels
	Step       uint64         `json:"step"`
	From       uint64         `json:"from"`          // step of the first checkpoint; 0: the initial parameters
	Params     string         `json:"params_sha256"` // before the step
	Recorded   *run.Metric    `json:"recorded"`
	Recomputed run.Metric     `json:"recomputed"`
	Differs    []string       `json:"differs"` // names of run.Metric.Differences
	First      uint64         `json:"first_step_that_differs,omitempty"`
	Shards     []ShardFigures `json:"shards,omitempty"`
}

// Figures returns the figures of a replayed step of the run.
func (r *RecordedRun) Figures(s *ReplayedStep) *Figures {
	recorded := r.Steps[s.Line.Step]
	f := &Figures{Run: r.Dir, Job: r.Job.Name, JobHash: r.Job.Hash(), Kernel: kernel.Class(), Form: kernel.Form(),
		Step: s.Line.Step, From: s.From, Params: s.Params, Recorded: recorded, Recomputed: s.Line, Shards: s.Shards}
	if recorded != nil {
		f.Differs = recorded.Differences(&s.Line)
	}
	if len(s.Differ) > 0 {
		f.First = s.Differ[0].Step
	}
	return f
}

// maxFigures bounds the size of a file of figures, in bytes.
const maxFigures = 256 << 20

var errNoStep = errors.New("it names no step")

// ReadFigures reads a file of braid replay --json.
func ReadFigures(path string) (*Figures, error) {
	text, err := regular.Read(path, maxFigures)
	if err != nil {
		return nil, err
	}
	f := new(Figures)
	err = json.Unmarshal(text, f)
	if err == nil && (f.Step == 0 || f.JobHash == "") {
		err = errNoStep
	}
	if err != nil {
		return nil, fmt.Errorf("%s: not a file of braid replay --json (%w)", path, err)
	}
	return f, nil
}
