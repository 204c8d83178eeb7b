package run

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"braid/internal/regular"
)

// Summary is the content of summary.json, the result of a finished run. Scores are fractions.
type Summary struct {
	Job     string `json:"job"`
	JobHash string `json:"job_hash"`
	// data.Digest.SHA256 of the data of training and evaluation
	DataSHA256      string  `json:"data_sha256"`
	ModelSHA256     string  `json:"model_sha256"` // of model/weights.safetensors
	Steps           uint64  `json:"steps"`
	SkippedSteps    uint64  `json:"skipped_steps,omitempty"` // not applied, because they were not finite
	Seconds         float64 `json:"seconds"`                 // over all resumptions
	Tokens          uint64  `json:"tokens"`                  // of the training steps
	TokensPerSecond float64 `json:"tokens_per_second"`       // in steps, without evaluations
	Workers         int     `json:"workers"`                 // at the end
	Stopped         string  `json:"stopped"`                 // why training ended: steps or patience
	Best            Best    `json:"best"`
	// the step of the model, if braid select has chosen it; otherwise that of best
	Selected *Selected `json:"selected,omitempty"`
	// tasks whose head still has its initial values
	NeverTrained []string               `json:"never_trained,omitempty"`
	Tasks        map[string]TaskSummary `json:"tasks"`
	Data         map[string]Scores      `json:"data,omitempty"` // joint_accuracy, by data set
}

// Selected is a choice of braid select.
type Selected struct {
	Step uint64 `json:"step"`
	Why  string `json:"why"` // slots, slots=0.7,intent=0.3, or step 400
}

// TaskSummary holds the scores of a task with the best parameters.
type TaskSummary struct {
	Kind   string `json:"kind"`
	Metric string `json:"metric"` // the main metric, on which the model was selected
	Steps  uint64 `json:"steps"`  // that trained it
	Scores

	// Before holds the scores of the model that training started from; nil if there is none or it lacks the task.
	Before *Scores `json:"before,omitempty"`

	// Baseline holds the scores of answers without learning, on test, or on dev if there is no test split. The
	// key keeps its old name, so that programs can read summaries of all versions.
	Baseline map[string]float64 `json:"floor,omitempty"`
}

// Scores are the values of metrics on two splits.
type Scores struct {
	Dev  map[string]float64 `json:"dev,omitempty"`
	Test map[string]float64 `json:"test,omitempty"`
}

// WriteSummary writes summary.json, which marks the run as finished.
func (d *Dir) WriteSummary(s *Summary) error {
	for name, t := range s.Tasks {
		t.Dev, t.Test, t.Baseline = finite(t.Dev), finite(t.Test), finite(t.Baseline)
		if t.Before != nil {
			t.Before = &Scores{Dev: finite(t.Before.Dev), Test: finite(t.Before.Test)}
		}
		s.Tasks[name] = t
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return d.WriteFile(SummaryFile, append(text, '\n'))
}

// maxSummary bounds summary.json, in bytes. A summary of 100 tasks has 100 kB.
const maxSummary = 16 << 20

// ReadSummary reads the summary of a finished run.
func ReadSummary(dir string) (*Summary, error) {
	text, err := regular.Read(filepath.Join(dir, SummaryFile), maxSummary)
	if err != nil {
		return nil, err
	}
	s := new(Summary)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, SummaryFile), err)
	}
	return s, nil
}
